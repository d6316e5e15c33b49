//! Which province answers a complaint about a scan.
//!
//! Uses receipts, regions and the provinces of issuers. Specification: docs/SPEC.md section 19.

use serde::{Deserialize, Serialize};

use super::totals::CardProvinces;
use super::Receipt;
use crate::language::{text, Language, Text};
use crate::region::Region;

/// Whose part of the service a complaint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answering {
    /// The agency that issued the card: it says what the card's status is.
    CardIssuer,
    /// The operator of the gate: its lists, its settings, its rules, its staff.
    Operator,
}

impl Answering {
    /// Who answers for a verdict: 0 for accepted, otherwise the number of the refusal.
    ///
    /// Only what an issuer has said of one card is the issuer's. An operator whose lists were too
    /// old (403), or who takes no practice cards (404), answers itself.
    pub fn of(verdict: u16) -> Self {
        match verdict {
            401 | 402 => Answering::CardIssuer,
            _ => Answering::Operator,
        }
    }

    /// A short name that never changes.
    pub fn name(self) -> &'static str {
        match self {
            Answering::CardIssuer => "card_issuer",
            Answering::Operator => "operator",
        }
    }
}

/// Who answers a complaint, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whose part it is.
    pub who: Answering,
    /// The province. `None` where the issuer's is not known from the lists at hand.
    pub province: Option<Region>,
}

impl Answer {
    /// Who answers for this scan.
    pub fn of(receipt: &Receipt, provinces: &CardProvinces) -> Self {
        let who = Answering::of(receipt.verdict);
        let province = match who {
            Answering::CardIssuer => provinces.of(receipt),
            Answering::Operator => Some(receipt.place.province()),
        };
        Answer { who, province }
    }

    /// One sentence for whoever passes the complaint on.
    pub fn text(&self, language: Language) -> String {
        let province = match self.province {
            Some(province) => province_name(province)
                .map_or_else(|| province.to_string(), |name| name.in_language(language).to_owned()),
            None => UNKNOWN.in_language(language).to_owned(),
        };
        match (self.who, language) {
            (Answering::CardIssuer, Language::Zh) => {
                format!("由发卡地（{province}）答复：卡因其状态被拒绝。")
            }
            (Answering::CardIssuer, Language::En) => format!(
                "The province that issued the card ({province}) answers: the card was refused for \
                 its status."
            ),
            (Answering::Operator, Language::Zh) => {
                format!("由闸机所在地（{province}）答复：由闸机的运营单位负责。")
            }
            (Answering::Operator, Language::En) => format!(
                "The province where the gate stands ({province}) answers: it is the operator's part."
            ),
        }
    }
}

const UNKNOWN: Text = text("由所附名单无从得知", "not known from the lists at hand");

/// What people call a province; the four of this region have names here, any other its number.
pub fn province_name(province: Region) -> Option<Text> {
    Some(match province.province() {
        Region::SHANGHAI => text("上海市", "Shanghai"),
        Region::JIANGSU => text("江苏省", "Jiangsu"),
        Region::ZHEJIANG => text("浙江省", "Zhejiang"),
        Region::ANHUI => text("安徽省", "Anhui"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("| `{}` | 401, 402 |", Answering::CardIssuer.name()),
            &format!("| `{}` | every other verdict", Answering::Operator.name()),
        ]);
    }

    #[test]
    fn only_a_status_is_the_issuers() {
        let by_issuer =
            (0..=799).filter(|verdict| Answering::of(*verdict) == Answering::CardIssuer);
        assert_eq!(by_issuer.collect::<Vec<_>>(), [401, 402]);
    }

    #[test]
    fn every_answer_names_the_province_or_says_that_it_does_not() {
        for who in [Answering::CardIssuer, Answering::Operator] {
            let told = |province, language| Answer { who, province }.text(language);
            let suzhou = Some(Region::JIANGSU);
            assert!(told(suzhou, Language::Zh).contains("江苏省"));
            assert!(told(suzhou, Language::En).contains("Jiangsu"));
            assert!(told(Region::new(110_000).ok(), Language::En).contains("110000"));
            assert!(told(None, Language::En).contains("not known"));
        }
    }
}
