//! The lists come in; [`crate::lists`] says which are taken.

use super::Scanner;
use crate::lists::InstallError;

impl Scanner {
    /// Takes a trust list that one of the pinned roots has signed.
    ///
    /// When the list names roots, they take the place of the pinned ones. A list that was issued
    /// more than a day after `now_unix_s` is not taken in the place of one that is in force.
    pub fn install_trust_list(&mut self, jws: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_trust_list(jws, now_unix_s)
    }

    /// Takes an application catalogue that one of the pinned roots has signed.
    pub fn install_catalogue(&mut self, jws: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_catalogue(jws, now_unix_s)
    }

    /// Takes a status list of one shard, or a delta for all shards of an issuer, signed by a key
    /// that the trust list admits for it.
    pub fn install_status(&mut self, cwt: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_status(cwt, now_unix_s)
    }

    /// Takes lists and the deltas that continue them again, in the order in which they once came
    /// into force; all of them or none. This is how a host that keeps what it was sent goes on
    /// after a restart with no network.
    ///
    /// What they lead to counts: it must not be older than what was in force, nor have expired, nor
    /// be issued more than a day from now, unless it was in force. On the way there may be lists
    /// that [`Scanner::install_status`] would refuse for one of these reasons.
    pub fn reinstall_status(
        &mut self,
        lists_and_deltas: impl IntoIterator<Item = impl AsRef<[u8]>>,
        now_unix_s: i64,
    ) -> Result<(), InstallError> {
        self.lists.reinstall_status(lists_and_deltas, now_unix_s)
    }
}
