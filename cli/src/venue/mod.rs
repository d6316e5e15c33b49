//! What a gate does so that the gates of its venue agree on used codes: files in a folder, or a
//! store.
//!
//! The rules are the library's (docs/SPEC.md section 14); here is input and output alone. Uses
//! `files`, `cause` and `time`.

mod address;
mod peers;
mod resp;
mod share;
mod store;
mod trouble;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use onecode::duplicates::{DuplicateStore, VenueKey};
use onecode::Scanner;
use zeroize::Zeroizing;

use self::address::Address;
pub(crate) use self::share::Share;
pub(crate) use self::store::Store;
use self::store::Terms;
use crate::failure::Failure;
use crate::files::{self, failed};
use crate::lang::Said;

/// How the gates of a venue share used codes.
#[derive(clap::Args)]
pub(crate) struct VenueOptions {
    /// The key that the gates of this venue share, a file with 64 hexadecimal digits: as made by
    /// `openssl rand -hex 32`.
    #[arg(long, value_name = "FILE")]
    venue_key: Option<PathBuf>,
    /// Share used codes with the other gates by files in this folder: one on the network, or one
    /// that is synchronised.
    #[arg(long, value_name = "DIR", requires_all = ["venue_key", "gate"], conflicts_with = "store")]
    share: Option<PathBuf>,
    /// The name of this gate in the shared folder. Each gate needs one of its own.
    #[arg(long, value_name = "NAME", requires = "share", value_parser = gate_name)]
    gate: Option<String>,
    /// Share used codes with the other gates in this Valkey or Redis: valkeys://HOST with TLS, or
    /// valkey://USER@HOST:PORT/DATABASE.
    #[arg(long, value_name = "URL", requires = "venue_key")]
    store: Option<String>,
    /// The file with the store's password, one line.
    #[arg(long, value_name = "FILE", requires = "store")]
    store_password: Option<PathBuf>,
    /// Certificates that the store's TLS is checked against, PEM; the system's without it.
    #[arg(long, value_name = "FILE", requires = "store")]
    store_ca: Option<PathBuf>,
    /// How many milliseconds a scan may wait for the store, at most 5000.
    #[arg(long, value_name = "MS", requires = "store", default_value_t = 150, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    store_timeout: u64,
}

/// The other gates, as this one hears them.
#[derive(Default)]
pub(crate) struct Venue {
    pub(crate) share: Option<Share>,
    pub(crate) store: Option<Arc<Store>>,
}

impl Venue {
    /// Whether the others can be asked or heard; none where the gate stands alone.
    pub(crate) fn is_up(&self) -> Option<bool> {
        let store = self.store.as_ref().map(|store| store.is_up());
        store.or_else(|| self.share.as_ref().map(Share::is_up))
    }
}

impl VenueOptions {
    pub(crate) fn open(
        &self,
        scanner: &mut Scanner,
        state: Option<&Path>,
        now: i64,
    ) -> Result<Venue, Failure> {
        let Some(file) = &self.venue_key else { return Ok(Venue::default()) };
        let key = venue_key(file)?;
        if let (Some(folder), Some(name)) = (&self.share, &self.gate) {
            let share = Share::open(folder, name, key, scanner, now);
            return Ok(Venue { share: Some(share), store: None });
        }
        let Some(url) = &self.store else {
            return Err(Failure(said!(
                "--venue-key 要与 --share 或 --store 同用",
                "--venue-key goes with --share or --store"
            )));
        };
        let (password, ca) = (self.store_password.as_deref(), self.store_ca.as_deref());
        let kept = state.map(|state| {
            let mut file = state.as_os_str().to_owned();
            file.push(".store");
            file.into()
        });
        let address = Address::new(url, password, ca)?;
        let patience = Duration::from_millis(self.store_timeout);
        let store = Store::open(Terms { address, key, patience, kept })?;
        scanner.set_duplicate_store(Arc::clone(&store) as Arc<dyn DuplicateStore>);
        Ok(Venue { share: None, store: Some(store) })
    }
}

fn venue_key(file: &Path) -> Result<VenueKey, Failure> {
    let text = Zeroizing::new(files::read_text(file)?);
    let digits = text.trim_end().as_bytes();
    let mut key = Zeroizing::new([0; 32]);
    let is_key = digits.len() == 64
        && digits.chunks_exact(2).zip(key.iter_mut()).all(|(pair, byte)| {
            let digits = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'));
            let read = digits.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            read.is_some_and(|read| {
                *byte = read;
                true
            })
        });
    if !is_key {
        return Err(failed(
            file,
            said!(
                "不是场所密钥：应当是 64 个十六进制数字，可用 `openssl rand -hex 32` 生成",
                "not a venue key: 64 hexadecimal digits, as made by `openssl rand -hex 32`"
            ),
        ));
    }
    Ok(VenueKey::new(*key))
}

/// A name that is a file's on every system.
fn gate_name(text: &str) -> Result<String, Said> {
    let is_name = (1..=64).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if is_name {
        return Ok(text.to_owned());
    }
    Err(said!(
        "闸机名由 1 到 64 个字母、数字、-、_ 和 . 组成，不以 . 开头",
        "the name of a gate has 1 to 64 letters, digits, -, _ and ., and does not begin with ."
    ))
}
