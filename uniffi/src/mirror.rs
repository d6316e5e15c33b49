//! How a core type gets its form for other languages. Each is written once, with its documentation,
//! and the conversion follows from that.
//!
//! The conversions name each variant and each field of the core. If the core gains one without a
//! form here, the compiler reports an error. So nothing here may have a catch-all.

use onecode::catalogue::ForeignCode;
use onecode::client::Remedy;
use onecode::cose::{CborProblem, KeyId};
use onecode::gate::{MemoryProblem, Signer, UnknownStatus};
use onecode::governance::{DocumentKind, Sha256Hash};
use onecode::jose::{Name, NotBase64Url};
use onecode::keys::SignerId;
use onecode::preflight::Until;
use onecode::receipt::ScannerId;
use onecode::status::{DeltaError, PackedError, ShardError, Status};
use onecode::text::Alteration;
use onecode::{Algorithm, Answer, ApplicationNumber, Entitlements, Level, Region, Schedule};

/// A core value becomes one that other languages have: signed numbers, texts, bytes.
pub(crate) trait Cross<T> {
    fn cross(self) -> T;
}

/// A type of the core in its form for other languages, and the conversion to it.
///
/// Each variant stands for the core's variant with the same name and fields, unless
/// `= Variant(pattern)` says otherwise. After `and` come those that the core does not have.
macro_rules! mirror {
    (
        $(#[$meta:meta])*
        pub enum $name:ident = $core:ty {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident
                $({ $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? })?
                $(= $from:ident $pattern:tt)?
            ),* $(,)?
        }
        $(and { $($more:tt)* })?
    ) => {
        $(#[$meta])*
        pub enum $name {
            $(
                $(#[$variant_meta])*
                $variant $({ $($(#[$field_meta])* $field: $type),* })?,
            )*
            $($($more)*)?
        }

        impl From<$core> for $name {
            fn from(core: $core) -> Self {
                type Core = $core;
                match core {
                    $(
                        $crate::mirror::of_core!($variant $({ $($field),* })? $(= $from $pattern)?) => {
                            $name::$variant $({ $($field: $crate::mirror::Cross::cross($field)),* })?
                        }
                    )*
                }
            }
        }

        impl $crate::mirror::Cross<$name> for $core {
            fn cross(self) -> $name {
                self.into()
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident = $core:ty {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl From<$core> for $name {
            fn from(core: $core) -> Self {
                type Core = $core;
                let Core { $($field),* } = core;
                $name { $($field: $crate::mirror::Cross::cross($field)),* }
            }
        }

        impl $crate::mirror::Cross<$name> for $core {
            fn cross(self) -> $name {
                self.into()
            }
        }
    };
}
pub(crate) use mirror;

/// The variant of the core that a variant here stands for.
macro_rules! of_core {
    ($variant:ident) => { Core::$variant };
    ($variant:ident { $($field:ident),* }) => { Core::$variant { $($field),* } };
    ($variant:ident $({ $($field:ident),* })? = $from:ident $pattern:tt) => {
        Core::$from $pattern
    };
}
pub(crate) use of_core;

macro_rules! cross {
    ($($core:ty => $type:ty: $how:expr;)*) => {
        $(
            impl Cross<$type> for $core {
                fn cross(self) -> $type {
                    let how: fn($core) -> $type = $how;
                    how(self)
                }
            }
        )*
    };
    ($($same:ty),*) => {
        $(
            impl Cross<$same> for $same {
                fn cross(self) -> $same {
                    self
                }
            }
        )*
    };
}

cross! {
    Algorithm, Alteration, CborProblem, DocumentKind, ForeignCode, Level, MemoryProblem, Name, Remedy, Schedule,
    Signer, Status, String, UnknownStatus, Until, bool, i64
}

cross! {
    u8 => i32: i32::from;
    u16 => i32: i32::from;
    u32 => i64: i64::from;
    u64 => i64: |number| i64::try_from(number).unwrap_or(i64::MAX);
    usize => i64: |number| i64::try_from(number).unwrap_or(i64::MAX);
    ApplicationNumber => i32: |number| number.get().into();
    // safe: six digits
    Region => i32: |region| region.code() as i32;
    Entitlements => Vec<i32>: |entitlements| entitlements.iter().map(i32::from).collect();
    Answer => Vec<u8>: |answer| answer.as_bytes().to_vec();
    [u8; 32] => Vec<u8>: |bytes| bytes.to_vec();
    char => String: |character| character.to_string();
    &'static str => String: str::to_owned;
    KeyId => String: |id| id.to_string();
    Sha256Hash => String: |hash| hash.to_string();
    SignerId => Vec<u8>: |id| id.as_bytes().to_vec();
    ScannerId => String: |id| id.as_str().to_owned();
    PackedError => String: |error| error.to_string();
    ShardError => String: |error| error.to_string();
    DeltaError => String: |error| error.to_string();
    NotBase64Url => String: |error| error.to_string();
}

impl<T: Cross<U>, U> Cross<Option<U>> for Option<T> {
    fn cross(self) -> Option<U> {
        self.map(T::cross)
    }
}

impl<T: Cross<U>, U> Cross<Vec<U>> for Vec<T> {
    fn cross(self) -> Vec<U> {
        self.into_iter().map(T::cross).collect()
    }
}
