//! Lists come in here; [`crate::lists`] decides which are accepted.

use super::Scanner;
use crate::lists::InstallError;

impl Scanner {
    /// Installs a trust list that one of the pinned roots has signed.
    ///
    /// If the list names roots, they replace the pinned ones. A list issued more than a day after
    /// `now_unix_s` does not replace one in force.
    pub fn install_trust_list(&mut self, jws: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_trust_list(jws, now_unix_s)
    }

    /// Installs an application catalogue that one of the pinned roots has signed.
    pub fn install_catalogue(&mut self, jws: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_catalogue(jws, now_unix_s)
    }

    /// Installs a status list of one shard, or a delta for all shards of an issuer. A key that the
    /// trust list admits for it must have signed it.
    pub fn install_status(&mut self, cwt: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_status(cwt, now_unix_s)
    }

    /// Installs lists and the deltas that continue them again, in the order they once came into
    /// force, wholly or not at all. A host that keeps the lists it received uses this to continue
    /// after a restart without a network.
    ///
    /// Only the final lists must meet the conditions: not older than what was in force, not
    /// expired, and issued at most a day from now, unless they were in force already. On the way
    /// there may be lists that [`Scanner::install_status`] would refuse for one of these reasons.
    pub fn reinstall_status(
        &mut self,
        lists_and_deltas: impl IntoIterator<Item = impl AsRef<[u8]>>,
        now_unix_s: i64,
    ) -> Result<(), InstallError> {
        self.lists.reinstall_status(lists_and_deltas, now_unix_s)
    }
}
