//! What a scanner is to believe, by the rules alone: sets of holders, numbers and times. Nothing
//! here knows of signatures, of JSON, or of the library.

use std::collections::BTreeSet;

pub use super::facts::*;

/// Who decides.
#[derive(Clone, Debug)]
enum Power {
    LoneKey(Key),
    Edition(Roots),
}

impl Power {
    fn signs(&self, key: Key, role: Role) -> Option<usize> {
        match self {
            Power::LoneKey(lone) => (*lone == key).then_some(0),
            Power::Edition(roots) => roots.holders.iter().position(|holder| {
                holder.keys.get(&key).is_some_and(|roles| roles.contains(&role))
            }),
        }
    }

    fn enough(&self, signers: &[Key], role: Role) -> bool {
        let holders: BTreeSet<usize> =
            signers.iter().filter_map(|key| self.signs(*key, role)).collect();
        let needed = match self {
            Power::LoneKey(_) => 1,
            Power::Edition(roots) => roots.thresholds[&role],
        };
        holders.len() >= needed
    }

    /// Which holder withdraws keys of this issuer with that key.
    fn withdraws(&self, key: Key, issuer: Issuer) -> Option<usize> {
        let holder = self.signs(key, Role::Withdrawal)?;
        match self {
            Power::LoneKey(_) => Some(holder),
            Power::Edition(roots) => {
                roots.holders[holder].answers_for.contains(&issuer).then_some(holder)
            }
        }
    }
}

/// A trust list or catalogue that is in force, or was before a restart or before the host chose
/// other roots.
#[derive(Clone, Debug)]
struct Kept {
    list: List,
    in_force: bool,
    signers: Vec<Key>,
    /// The host has chosen roots that would not have taken it.
    disowned: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    Refused(u16),
    /// `valid`, `old`, `withdrawn` or `none`: what is known of the card's status.
    Accepted(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Counts,
    RefusesOnly,
    Nothing,
}

#[derive(Clone, Debug)]
pub struct Model {
    power: Power,
    /// The editions it has walked through.
    pub walked: Vec<Id>,
    trust_list: Option<Kept>,
    catalogue: Option<Kept>,
    notices: Vec<(Notice, Key)>,
    status: Option<(StatusList, bool)>,
}

impl Model {
    fn new(power: Power, walked: Vec<Id>) -> Self {
        let (trust_list, catalogue, notices, status) = (None, None, Vec::new(), None);
        Model { power, walked, trust_list, catalogue, notices, status }
    }

    pub fn lone_key(key: Key) -> Self {
        Model::new(Power::LoneKey(key), Vec::new())
    }

    pub fn edition(roots: Roots) -> Self {
        let walked = vec![roots.id];
        Model::new(Power::Edition(roots), walked)
    }

    pub fn number(&self) -> u64 {
        match &self.power {
            Power::LoneKey(_) => 0,
            Power::Edition(roots) => roots.number,
        }
    }

    pub fn roots(&self) -> Option<&Roots> {
        match &self.power {
            Power::LoneKey(_) => None,
            Power::Edition(roots) => Some(roots),
        }
    }

    /// Rule 2. No date is asked.
    pub fn offer_roots(&mut self, roots: &Roots, signers: &[Key]) -> bool {
        if self.walked.last() == Some(&roots.id) {
            return true;
        }
        let next = Power::Edition(roots.clone());
        let taken = self.power.enough(signers, Role::Roots)
            && next.enough(signers, Role::Roots)
            && roots.number == self.number() + 1
            && roots.previous == self.walked.last().copied();
        if taken {
            self.power = next;
            self.walked.push(roots.id);
            self.end_notices();
        }
        taken
    }

    /// The host chooses roots by hand. What they would not have taken goes out of force.
    pub fn begin_anew(&mut self, roots: &Roots, signers: &[Key]) -> bool {
        let next = Power::Edition(roots.clone());
        if !next.enough(signers, Role::Roots) {
            return false;
        }
        for (kept, role) in
            [(&mut self.trust_list, Role::TrustList), (&mut self.catalogue, Role::Catalogue)]
        {
            if let Some(kept) = kept {
                if kept.disowned || !next.enough(&kept.signers, role) {
                    (kept.in_force, kept.disowned) = (false, true);
                }
            }
        }
        (self.power, self.walked) = (next, vec![roots.id]);
        self.end_notices();
        true
    }

    pub fn offer_list(&mut self, role: Role, list: &List, signers: &[Key], now: i64) -> bool {
        let before = match role {
            Role::TrustList => self.trust_list.as_ref(),
            _ => self.catalogue.as_ref(),
        };
        let same = before.filter(|before| before.list.id == list.id);
        let enough = self.power.enough(signers, role);
        if !enough && same.is_none_or(|same| same.disowned) || now >= list.expires {
            return false;
        }
        let ahead = |issued_at: i64| issued_at - now > DAY;
        if same.is_none() {
            // Rule 3: what is dated far ahead is no mark yet. Rule 4: what too few signed, by the
            // roots of today, gives way to what is dated since they are.
            let since = self.power_issued_at().is_none_or(|since| list.issued_at >= since);
            let stands = before.filter(|before| {
                let too_few = before.disowned || !self.power.enough(&before.signers, role);
                !ahead(before.list.issued_at) && (!since || !too_few)
            });
            if stands.is_some_and(|before| list.number <= before.list.number) {
                return false;
            }
            if before.is_some_and(|before| before.in_force) && ahead(list.issued_at) {
                return false;
            }
        }
        let signers = match (enough, same) {
            (false, Some(same)) => same.signers.clone(),
            _ => {
                let counts = |key: &&Key| self.power.signs(**key, role).is_some();
                signers.iter().filter(counts).copied().collect()
            }
        };
        let kept = match role {
            Role::TrustList => &mut self.trust_list,
            _ => &mut self.catalogue,
        };
        *kept = Some(Kept { list: list.clone(), in_force: true, signers, disowned: false });
        self.end_notices();
        true
    }

    fn power_issued_at(&self) -> Option<i64> {
        self.roots().map(|roots| roots.issued_at)
    }

    fn in_force(kept: &Option<Kept>) -> Option<&List> {
        kept.as_ref().filter(|kept| kept.in_force).map(|kept| &kept.list)
    }

    pub fn trust_list(&self) -> Option<&List> {
        Self::in_force(&self.trust_list)
    }

    pub fn catalogue(&self) -> Option<&List> {
        Self::in_force(&self.catalogue)
    }

    /// The number that a list has to pass, as a hint for who makes lists.
    pub fn number_of(&self, role: Role) -> u64 {
        let kept = match role {
            Role::TrustList => &self.trust_list,
            _ => &self.catalogue,
        };
        kept.as_ref().map_or(0, |kept| kept.list.number)
    }

    /// Rule 5: one holder, its own issuers' keys, until a date.
    pub fn offer_notice(&mut self, notice: &Notice, signers: &[Key], now: i64) -> bool {
        let withdraws = |key: &&Key| self.power.withdraws(**key, notice.issuer).is_some();
        let Some(signer) = signers.iter().find(withdraws) else { return false };
        let of_another = notice.key.issuer() != notice.issuer && self.trust_list().is_some();
        if of_another || now >= notice.expires || notice.issued_at - now > DAY {
            return false;
        }
        if self.trust_list().is_some_and(|list| list.ends(notice))
            || self.notices.iter().any(|(held, _)| held.id == notice.id)
        {
            return true;
        }
        let holder = |power: &Power, notice: &Notice, key: Key| power.withdraws(key, notice.issuer);
        let ours = holder(&self.power, notice, *signer);
        let rival = self.notices.iter().position(|(held, key)| {
            (held.issuer, held.key) == (notice.issuer, notice.key)
                && holder(&self.power, held, *key) == ours
        });
        match rival {
            Some(at) if self.notices[at].0.expires >= notice.expires => return true,
            Some(at) => drop(self.notices.remove(at)),
            None => {}
        }
        self.notices.push((notice.clone(), *signer));
        true
    }

    fn end_notices(&mut self) {
        let list = self.trust_list().cloned();
        let power = &self.power;
        self.notices.retain(|(notice, signer)| {
            power.withdraws(*signer, notice.issuer).is_some()
                && !list.as_ref().is_some_and(|list| list.ends(notice))
        });
    }

    fn is_noticed(&self, key: IssuerKey, now: i64) -> bool {
        self.notices.iter().any(|(notice, _)| {
            notice.key == key && notice.issuer == key.issuer() && now < notice.expires
        })
    }

    fn standing(&self, signer: IssuerKey, now: i64) -> Standing {
        match self.trust_list() {
            Some(list) if !list.withdraws.contains(&signer) => match self.is_noticed(signer, now) {
                true => Standing::RefusesOnly,
                false => Standing::Counts,
            },
            _ => Standing::Nothing,
        }
    }

    /// When the last status list that was taken was made.
    pub fn status_issued_at(&self) -> Option<i64> {
        self.status.as_ref().map(|(list, _)| list.issued_at)
    }

    pub fn offer_status(&mut self, list: &StatusList, now: i64) -> bool {
        let ours = self.standing(list.signer, now);
        let before = self.status.as_ref().map(|(before, _)| before);
        let before = before.filter(|before| self.standing(before.signer, now) != Standing::Nothing);
        let same = before.is_some_and(|before| {
            (before.signer, before.issued_at, before.suspends)
                == (list.signer, list.issued_at, list.suspends)
        });
        let follows = before.is_none_or(|before| match self.standing(before.signer, now) {
            Standing::RefusesOnly => same || list.issued_at > before.issued_at,
            _ => list.issued_at >= before.issued_at,
        });
        let dated_as_before = before.is_some_and(|before| before.issued_at == list.issued_at);
        let taken = ours != Standing::Nothing
            && (ours == Standing::Counts || same)
            && follows
            && (dated_as_before || list.issued_at - now <= DAY)
            && now < list.expires;
        if taken {
            self.status = Some((list.clone(), true));
        }
        taken
    }

    /// Switched off and on: what others have signed has to be handed in again.
    pub fn restart(&mut self) {
        for kept in [&mut self.trust_list, &mut self.catalogue].into_iter().flatten() {
            kept.in_force = false;
        }
        if let Some((_, in_force)) = &mut self.status {
            *in_force = false;
        }
    }

    /// What happens when a card is shown. One of Shanghai's is the one that its status lists
    /// suspend.
    pub fn show(&self, card: IssuerKey, is_the_suspended: bool, now: i64) -> Shown {
        let Some(trust) = self.trust_list() else { return Shown::Refused(701) };
        let Some(terms) = self.catalogue() else { return Shown::Refused(703) };
        if trust.issued_at.max(terms.issued_at) - now > 120 {
            return Shown::Refused(706);
        }
        for (expires, number) in [(trust.expires, 702), (terms.expires, 704)] {
            if now >= expires {
                return Shown::Refused(number);
            }
        }
        if self.roots().is_some_and(|roots| now >= roots.expires) {
            return Shown::Refused(711);
        }
        if self.is_noticed(card, now) {
            return Shown::Refused(205);
        }
        let held = self.status.as_ref().filter(|(_, in_force)| *in_force).map(|(list, _)| list);
        let list = match held {
            Some(list) if card.issuer() == Issuer::Shanghai => list,
            _ => return Shown::Accepted("none"),
        };
        match self.standing(list.signer, now) {
            Standing::Nothing => Shown::Accepted("none"),
            _ if is_the_suspended && list.suspends => Shown::Refused(402),
            Standing::RefusesOnly => Shown::Accepted("withdrawn"),
            Standing::Counts if now < list.expires && now - list.issued_at <= DAY => {
                Shown::Accepted("valid")
            }
            Standing::Counts => Shown::Accepted("old"),
        }
    }
}
