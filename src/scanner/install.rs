//! Lists come in here; [`crate::lists`] decides which are accepted.

use super::Scanner;
use crate::lists::{Held, InstallError};

impl Scanner {
    /// Takes the next edition of the roots document, or the one whose hash this scanner was set up
    /// with. The edition in force is accepted again.
    ///
    /// It has exactly the next number and the signatures of a threshold of the holders in force and
    /// of its own. No date is asked. What is in force by older roots stays, but a list by too few
    /// of the new holders can be replaced by one with any number that is dated since the new roots
    /// are.
    pub fn install_roots(&mut self, json: &[u8]) -> Result<(), InstallError> {
        self.lists.install_roots(json)
    }

    /// Installs a trust list that a threshold of holders has signed. A list issued more than a day
    /// after `now_unix_s` does not replace one in force.
    pub fn install_trust_list(&mut self, json: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_trust_list(json, now_unix_s)
    }

    /// Installs an application catalogue that a threshold of holders has signed.
    pub fn install_catalogue(&mut self, json: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_catalogue(json, now_unix_s)
    }

    /// Takes a withdrawal notice of a holder for keys of an issuer that it answers for. It counts
    /// until its end, over a restart too, or until a trust list names it as dealt with.
    pub fn install_withdrawal(&mut self, json: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_withdrawal(json, now_unix_s)
    }

    /// Takes an index. It brings nothing into force; acceptances and the preflight say from now on
    /// which newer documents this scanner does not have.
    pub fn install_index(&mut self, json: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_index(json, now_unix_s)
    }

    /// Installs a status list of one shard, or a delta for all shards of an issuer. A key that the
    /// trust list admits for it must have signed it.
    pub fn install_status(&mut self, cwt: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        self.lists.install_status(cwt, now_unix_s)
    }

    /// Takes lists and the deltas that continue them in one step, in their order, wholly or not at
    /// all: an anchor that the host keeps and the delta from it, or everything of several issuers
    /// after a restart. What is in force stays so until all has been checked.
    ///
    /// Only what they lead to must meet the conditions: not older than what is in force or was
    /// before a restart, not expired, and issued at most a day from now, unless it was in force
    /// already. On the way there may be lists that [`Scanner::install_status`] would refuse for one
    /// of these reasons.
    ///
    /// One file is held at a time, and beside what is in force what these lead to.
    pub fn install_statuses(
        &mut self,
        lists_and_deltas: impl IntoIterator<Item = impl AsRef<[u8]>>,
        now_unix_s: i64,
    ) -> Result<(), InstallError> {
        self.lists.install_statuses(lists_and_deltas, now_unix_s)
    }

    /// What this scanner holds, for a fetch: see [`crate::fetching`]. The host adds which anchors
    /// it has in its own store.
    pub fn held(&self, now_unix_s: i64) -> Held {
        self.lists.held(now_unix_s)
    }
}
