//! Makes what a step asks for, once for the library and once for the model.

use onecode::governance::{
    Holder, HolderKey, RootsDocument, SignedDocument, Thresholds, Withdrawal,
};
use onecode::jose::Edition;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::{MaySign, TrustList, TrustedIssuer};
use onecode::{Region, SigningKey};

use super::model::{self, Issuer, IssuerKey, Role, DAY};
use super::run::Run;
use super::steps::{Plan, When, ALL};
use super::world::{answers_for, issuer_id, kind, Offer, SUSPENDED, WORLD};
use crate::practice::{catalogue, issuer, issuer_key, name, open_application, NOW};

impl Run {
    pub(super) fn time(&self, when: When) -> i64 {
        let roots = self.model.roots().map_or(NOW, |roots| roots.issued_at);
        let time = match when {
            When::Now(seconds) => self.now + seconds,
            When::Roots(seconds) => roots + seconds,
            When::Status(seconds) => self.model.status_issued_at().unwrap_or(NOW) + seconds,
        };
        // There is no time before 1970, and the numbers of lists need some room.
        time.max(100)
    }

    /// A name for a new document; its hash is known when it is written.
    pub(super) fn id_of(&mut self, draft: &SignedDocument) -> model::Id {
        let hash = draft.hash();
        let known = self.hashes.iter().position(|other| *other == hash);
        known.unwrap_or_else(|| {
            self.hashes.push(hash);
            self.hashes.len() - 1
        })
    }

    /// `next_update` is different for each, so that no two are the same by chance and the preflight
    /// shows which one is in force.
    pub(super) fn edition(&self, sequence: u64, issued_at_unix_s: i64, life: i64) -> Edition {
        Edition {
            sequence,
            issued_at_unix_s,
            next_update_unix_s: issued_at_unix_s + 1 + self.offered.len() as i64,
            expires_unix_s: issued_at_unix_s + life,
            previous: None,
            critical: vec![],
        }
    }

    pub(super) fn roots(
        &mut self,
        plan: &Plan,
        number: u64,
        previous: Option<model::Id>,
        at: i64,
        life: i64,
    ) -> Option<Offer> {
        let holder = |holder: usize| Holder {
            id: format!("h{holder}"),
            name: name("持有方", "Holder"),
            issuers: answers_for(holder).into_iter().map(|id| issuer_id(id).into()).collect(),
            keys: plan
                .keys_of(holder)
                .map(|key| HolderKey {
                    key: WORLD.holders[key].public_key(),
                    signs: plan.roles[key].iter().map(|role| kind(*role)).collect(),
                })
                .collect(),
        };
        let [of_roots, of_trust_list, of_catalogue] = plan.thresholds;
        let document = RootsDocument {
            edition: Edition {
                previous: previous.map(|id| self.hashes[id]),
                ..self.edition(number, at, life)
            },
            thresholds: Thresholds {
                roots: of_roots as u8,
                trust_list: of_trust_list as u8,
                catalogue: of_catalogue as u8,
            },
            holders: plan.holders().map(holder).collect(),
        };
        // Too high a threshold, or a number above its date.
        let draft = document.draft().ok()?;
        let holders = plan.holders().map(|holder| model::Holder {
            keys: plan
                .keys_of(holder)
                .map(|key| (key, plan.roles[key].iter().copied().collect()))
                .collect(),
            answers_for: answers_for(holder),
        });
        let model = model::Roots {
            id: self.id_of(&draft),
            number,
            previous,
            issued_at: at,
            expires: at + life,
            holders: holders.collect(),
            thresholds: ALL.into_iter().zip(plan.thresholds).collect(),
        };
        Some(Offer::Roots(model, draft))
    }

    pub(super) fn list(
        &mut self,
        role: Role,
        mut list: model::List,
        deals: bool,
        withdraws: bool,
    ) -> Option<Offer> {
        let edition = self.edition(list.number, list.issued_at, list.expires - list.issued_at);
        let draft = match role {
            Role::TrustList => {
                let notices = self.offered.iter().filter_map(|(offer, _)| match offer {
                    Offer::Notice(notice, _) if deals => Some(notice.id),
                    _ => None,
                });
                list.deals_with = notices.collect();
                if withdraws {
                    list.withdraws.insert(IssuerKey::ShanghaiStatus(0));
                }
                self.trust_list(edition, &list).draft()
            }
            _ => {
                let mut terms = catalogue(1, vec![open_application()]);
                terms.edition = edition;
                terms.draft()
            }
        };
        let draft = draft.ok()?;
        list.id = self.id_of(&draft);
        Some(Offer::List(role, list, draft))
    }

    pub(super) fn trust_list(&self, edition: Edition, list: &model::List) -> TrustList {
        let key = |signer: IssuerKey| {
            let status = matches!(signer, IssuerKey::ShanghaiStatus(_));
            let credentials = match (status, signer.issuer()) {
                (true, _) => vec![],
                (false, Issuer::Shanghai) => vec![Region::SHANGHAI],
                (false, Issuer::Jiangsu) => vec![Region::JIANGSU],
            };
            let mut key = issuer_key(WORLD.cards[&signer].public_key(), &[]);
            key.may_sign = MaySign { credentials, status_lists: status, receipts: vec![] };
            (key.not_before_unix_s, key.not_after_unix_s) = (0, NOW + 9_999 * DAY);
            key.withdrawn_from_unix_s = list.withdraws.contains(&signer).then_some(0);
            key
        };
        let of = |id: Issuer| -> TrustedIssuer {
            let keys = WORLD.cards.keys().filter(|key| key.issuer() == id).map(|k| key(*k));
            issuer(issuer_id(id), Region::SHANGHAI, keys.collect())
        };
        TrustList {
            edition,
            withdrawals: list.deals_with.iter().map(|id| self.hashes[*id]).collect(),
            algorithms: vec![],
            issuers: vec![of(Issuer::Shanghai), of(Issuer::Jiangsu)],
        }
    }

    pub(super) fn notice(&mut self, mut notice: model::Notice) -> Offer {
        let withdrawal = Withdrawal {
            issued_at_unix_s: notice.issued_at,
            expires_unix_s: notice.expires,
            critical: vec![],
            issuer: issuer_id(notice.issuer).into(),
            keys: vec![WORLD.cards[&notice.key].public_key().kid()],
        };
        let draft = withdrawal.draft().unwrap();
        notice.id = self.id_of(&draft);
        Offer::Notice(notice, draft)
    }

    pub(super) fn status(list: model::StatusList) -> Offer {
        let mut agency = StatusIssuer::new("cn-31", 100);
        if list.suspends {
            agency.suspend(SUSPENDED).unwrap();
        }
        let publication = StatusPublication {
            issued_at_unix_s: list.issued_at,
            expires_unix_s: list.expires,
            ttl_s: 60,
        };
        let cwt = agency.publish(publication, &WORLD.cards[&list.signer]).unwrap().remove(0);
        Offer::Status(list, cwt)
    }
}
