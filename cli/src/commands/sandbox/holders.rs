//! Who signs for the practice region: four provinces and a fifth as an escrow, three of five.
//!
//! Uses `world` and `keys`.

use onecode::governance::{
    DocumentKind, Holder, HolderKey, Index, Named, RootsDocument, Sha256Hash, SignedDocument,
    Thresholds, MAX_INDEX_S,
};
use onecode::jose::{Edition, Name, SignDocumentError};
use onecode::{Algorithm, SigningKey};

use super::{write_key, COMMERCIAL, DAY};
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, Readers};
use crate::keys::practice::{PracticeKey, PracticeKeys};
use crate::world::World;

/// Id, names, the issuer it answers for, the algorithm of its key.
const HOLDERS: [(&str, &str, &str, &[&str], Algorithm); 5] = [
    ("sh", "上海市", "Shanghai", &["cn-31"], Algorithm::Esp256),
    ("js", "江苏省", "Jiangsu", &["cn-32"], COMMERCIAL),
    ("zj", "浙江省", "Zhejiang", &["cn-33"], Algorithm::Esp256),
    ("ah", "安徽省", "Anhui", &["cn-34"], Algorithm::Ed25519),
    ("escrow", "托管方", "Escrow", &[], Algorithm::Ed25519),
];

/// How many of them sign.
const THRESHOLD: u8 = 3;

/// Who has an index key.
const INDEX_HOLDER: &str = "sh";

/// The holders at work: the first three sign.
pub(super) struct Signers {
    keys: Vec<PracticeKey>,
    index_key: PracticeKey,
    roots: Named,
    now: i64,
}

impl Signers {
    /// Makes the keys and the roots, which scanners are set up with and which are published.
    pub(super) fn found(world: &World, keys: &PracticeKeys, now: i64) -> Result<Self, Failure> {
        let (mut holders, mut signers) = (Vec::new(), Vec::new());
        let index_key = keys.key(Algorithm::Ed25519, &format!("holder {INDEX_HOLDER} index"))?;
        for (id, zh, en, issuers, algorithm) in HOLDERS {
            let signing = keys.key(algorithm, &format!("holder {id}"))?;
            let folder = world.path("holders").join(id);
            files::create_folder(&folder)?;
            write_key(&folder.join("signing.pem"), &signing)?;
            let signs = vec![
                DocumentKind::Roots,
                DocumentKind::TrustList,
                DocumentKind::Catalogue,
                DocumentKind::Withdrawal,
            ];
            let mut of_holder = vec![HolderKey { key: signing.public_key(), signs }];
            if id == INDEX_HOLDER {
                write_key(&folder.join("index.pem"), &index_key)?;
                let signs = vec![DocumentKind::Index];
                of_holder.push(HolderKey { key: index_key.public_key(), signs });
            }
            let holder = Holder {
                id: id.to_owned(),
                name: Name { zh: zh.to_owned(), en: en.to_owned() },
                issuers: issuers.iter().map(|id| (*id).to_owned()).collect(),
                keys: of_holder,
            };
            files::replace_json(&folder.join("holder.json"), &holder, Readers::Everybody)?;
            holders.push(holder);
            signers.push(signing);
        }
        signers.truncate(usize::from(THRESHOLD));
        let issued_at_unix_s = now - 3_600;
        let edition = Edition {
            sequence: 1,
            issued_at_unix_s,
            next_update_unix_s: now + 365 * DAY,
            expires_unix_s: now + 730 * DAY,
            previous: None,
            critical: vec![],
        };
        let thresholds =
            Thresholds { roots: THRESHOLD, trust_list: THRESHOLD, catalogue: THRESHOLD };
        let document = RootsDocument { edition, thresholds, holders };
        let mut this = Signers {
            keys: signers,
            index_key,
            roots: Named { sequence: 1, sha256: Sha256Hash([0; 32]) },
            now,
        };
        let signed = this.sign(document.draft())?;
        this.roots.sha256 = signed.hash();
        write(&world.path("roots.json"), &signed)?;
        this.publish(world, &signed)?;
        Ok(this)
    }

    fn sign(
        &self,
        draft: Result<SignedDocument, SignDocumentError>,
    ) -> Result<SignedDocument, Failure> {
        let failed = |error: SignDocumentError| Failure(error.said());
        let mut document = draft.map_err(failed)?;
        for key in &self.keys {
            document.sign(key, self.now).map_err(failed)?;
        }
        Ok(document)
    }

    /// Signs a first edition and publishes it. What an index names it by.
    pub(super) fn sign_and_publish(
        &self,
        world: &World,
        draft: Result<SignedDocument, SignDocumentError>,
    ) -> Result<Named, Failure> {
        let signed = self.sign(draft)?;
        self.publish(world, &signed)?;
        Ok(Named { sequence: 1, sha256: signed.hash() })
    }

    /// Publishes the index, when all that it names is there.
    pub(super) fn index(
        &self,
        world: &World,
        trust_list: Named,
        catalogue: Named,
    ) -> Result<(), Failure> {
        let issued_at_unix_s = self.now - 3_600;
        let index = Index {
            issued_at_unix_s,
            expires_unix_s: issued_at_unix_s + MAX_INDEX_S,
            critical: vec![],
            roots: self.roots,
            trust_list,
            catalogue,
            withdrawals: vec![],
        };
        let failed = |error: SignDocumentError| Failure(error.said());
        let mut document = index.draft().map_err(failed)?;
        document.sign(&self.index_key, self.now).map_err(failed)?;
        self.publish(world, &document)
    }

    fn publish(&self, world: &World, document: &SignedDocument) -> Result<(), Failure> {
        let place = world.place_of(document);
        if let Some(folder) = place.parent() {
            files::create_folder(folder)?;
        }
        write(&place, document)
    }
}

fn write(file: &std::path::Path, document: &SignedDocument) -> Result<(), Failure> {
    files::write_new(file, document.to_json().as_bytes(), Readers::Everybody)
}
