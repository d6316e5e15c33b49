//! What a crossing costs: the same work repeated on this side of the border, so that a program on
//! the other side can time both. It is not in the shipped library.

use std::sync::Arc;

use onecode::CodeSession as Core;

use crate::keys::HeldKey;
use crate::{
    CardCredential, DeviceKey, MakeCodeError, OneCodeScanner, ScanContext, UsageError, Verdict,
};

#[uniffi::export]
impl OneCodeScanner {
    /// Scans `rounds` times and returns the last verdict.
    pub fn scan_in_rust(
        &self,
        text: String,
        context: ScanContext,
        rounds: i32,
    ) -> Result<Option<Verdict>, UsageError> {
        let context = context.try_into()?;
        let last = self.scanner.with(|scanner| {
            (0..rounds).map(|_| scanner.scan(std::hint::black_box(&text), &context)).last()
        })?;
        Ok(last.map(Verdict::from))
    }
}

/// Makes the codes of `rounds` seconds with a software key. Returns their total length.
#[uniffi::export]
pub fn codes_in_rust(
    credential: Arc<CardCredential>,
    key: Arc<dyn DeviceKey>,
    from_unix_s: i64,
    rounds: i32,
) -> Result<i64, MakeCodeError> {
    let key = HeldKey::new(key)?;
    let mut session = Core::new(credential.0.clone());
    let mut length = 0;
    for second in from_unix_s..from_unix_s + i64::from(rounds) {
        length += session.code(&key, second)?.text().len() as i64;
    }
    Ok(length)
}
