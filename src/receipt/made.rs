//! How a receipt is made: after a scan, by a key at hand or by one that answers later.

use super::{text_hash, wire, ChainLink, Pseudonym};
use crate::code::ApplicationNumber;
use crate::cose::{encodable_time, Unsigned};
use crate::jose::rfc3339::written;
use crate::keys::{
    sha256, Check, Draft, EncodedSignature, Prepared, PublicKey, Signature, SigningError,
    SigningKey, ToBeSigned,
};
use crate::language::{text, Hex, Language, Lines};
use crate::region::Region;
use crate::scan::evidence::Evidence;
use crate::scan::{Context, Verdict};
use crate::scanner::Scanner;

/// A scan has no receipt. Its verdict still counts, and the chain continues where it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The scanner has no name yet: see [`Scanner::start_receipts`].
    #[error("receipts have not been started")]
    NotStarted,
    /// The time of the scan is before 1970 or after 9999.
    #[error("{unix_s} is not a time in Unix seconds")]
    Time {
        /// That time.
        unix_s: i64,
    },
    /// Another receipt has taken this place since the one at hand was prepared.
    #[error("the chain of receipts has gone on: number {number} comes next")]
    ChainWentOn {
        /// The number that comes next.
        number: u64,
    },
    /// The scanner's key did not sign, or signed wrongly.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// The receipt of a scan, without its signature.
#[derive(Debug)]
pub struct PreparedReceipt {
    prepared: Prepared<Vec<u8>>,
    scanner: String,
    place: ChainLink,
}

impl PreparedReceipt {
    /// What the scanner's key has to sign.
    pub fn message(&self) -> ToBeSigned<'_> {
        self.prepared.message()
    }

    /// What is signed, in plain words; see [`Prepared::words`].
    pub fn words(&self, language: Language) -> String {
        self.prepared.words(language)
    }

    /// Its place in the chain.
    pub fn place(&self) -> ChainLink {
        self.place
    }
}

impl Scanner {
    /// [`Scanner::scan`], with a receipt signed by the scanner's key.
    ///
    /// The verdict counts with or without a receipt. Store the receipt before the next scan,
    /// because the chain continues from it. The signature of the first receipt by a key is checked.
    pub fn scan_with_receipt(
        &mut self,
        text: &str,
        context: &Context,
        key: &dyn SigningKey,
    ) -> (Verdict, Result<Vec<u8>, ReceiptError>) {
        let (verdict, prepared) = self.scan_preparing_receipt(text, context, &key.public_key());
        let receipt = prepared.and_then(|prepared| {
            let signature = key.sign(&prepared.message())?;
            self.attach_receipt(&prepared, &signature)
        });
        (verdict, receipt)
    }

    /// The same for a key that answers later or elsewhere: the receipt comes without its signature,
    /// which [`Scanner::attach_receipt`] takes.
    ///
    /// The chain stays where it is until then. If the signature never comes, the next receipt takes
    /// the place. So attach each signature before the next scan.
    pub fn scan_preparing_receipt(
        &mut self,
        text: &str,
        context: &Context,
        key: &PublicKey,
    ) -> (Verdict, Result<PreparedReceipt, ReceiptError>) {
        let (verdict, evidence) = self.scan_with_evidence(text, context);
        let receipt = self.prepare_receipt(text, context, &verdict, &evidence, key);
        (verdict, receipt)
    }

    fn prepare_receipt(
        &self,
        text: &str,
        context: &Context,
        verdict: &Verdict,
        evidence: &Evidence,
        key: &PublicKey,
    ) -> Result<PreparedReceipt, ReceiptError> {
        let time = context.now_unix_s;
        let unix_s = encodable_time(time).ok_or(ReceiptError::Time { unix_s: time })?;
        let chain = self.chain_of_receipts().ok_or(ReceiptError::NotStarted)?;
        let card = evidence.card_secret.as_ref();
        let card = card.map(|secret| Pseudonym::keyed(secret, context.application, time));
        let (number, handed_over) = number_of(verdict);
        let content = wire::Content {
            chain,
            unix_s,
            verdict: number,
            handed_over,
            context,
            text_hash: text_hash(text, context.application, time),
            card,
            evidence,
        };
        let (unsigned, bytes) = wire::write(&content, key);
        let scanner = chain.scanner.clone();
        let place = ChainLink { number: chain.number, previous: chain.previous };
        let draft = ReceiptDraft {
            unsigned,
            scanner: scanner.clone(),
            place,
            unix_s: time,
            verdict: number,
            handed_over,
            application: context.application,
            region: context.place,
        };
        Ok(PreparedReceipt { prepared: Prepared::new(*key, bytes, draft), scanner, place })
    }

    /// Takes the signature of a prepared receipt and continues the chain with it. The signature is
    /// checked: the first one by a key fully, afterwards its form. What is refused changes nothing,
    /// and another signature can be tried.
    ///
    /// Where another receipt has been made since, it is refused ([`ReceiptError::ChainWentOn`]).
    pub fn attach_receipt(
        &mut self,
        prepared: &PreparedReceipt,
        signature: &EncodedSignature,
    ) -> Result<Vec<u8>, ReceiptError> {
        let chain = self.chain_of_receipts_mut().as_mut().ok_or(ReceiptError::NotStarted)?;
        let PreparedReceipt { prepared, scanner, place } = prepared;
        let at = ChainLink { number: chain.number, previous: chain.previous };
        if (&chain.scanner, &at) != (scanner, place) {
            return Err(ReceiptError::ChainWentOn { number: chain.number });
        }
        let signer = Some(*prepared.public_key());
        let check = if chain.checked == signer { Check::Form } else { Check::Signature };
        let receipt = prepared.attach_checked(signature, check)?;
        chain.checked = signer;
        chain.number = chain.number.saturating_add(1);
        chain.previous = sha256(&receipt);
        Ok(receipt)
    }
}

struct ReceiptDraft {
    unsigned: Unsigned,
    scanner: String,
    place: ChainLink,
    unix_s: i64,
    verdict: u16,
    handed_over: bool,
    application: ApplicationNumber,
    region: Region,
}

impl Draft<Vec<u8>> for ReceiptDraft {
    fn words(&self, language: Language) -> String {
        let verdict = text("判定", "Verdict");
        let mut lines = Lines::new(language, text("受理回执", "Receipt"));
        lines
            .fact(text("扫码设备", "Scanner"), &self.scanner)
            .fact(text("编号", "Number"), self.place.number)
            .fact(text("前一份的 SHA-256", "SHA-256 of the one before"), Hex(&self.place.previous))
            .time(text("时间", "Time"), written(self.unix_s));
        match (self.verdict, self.handed_over) {
            (0, _) => lines.said(verdict, text("通过", "accepted")),
            (_, true) => {
                lines.said(verdict, text("已转交其他系统", "handed over to another system"))
            }
            (number, false) => lines.fact(text("拒绝编号", "Refused with"), number),
        };
        lines
            .fact(text("服务项目", "Application"), self.application)
            .fact(text("地点", "Place"), self.region)
            .finish()
    }

    fn signed(&self, signature: &Signature) -> Vec<u8> {
        self.unsigned.signed(signature)
    }
}

/// 0 or the number of the refusal, and whether the host handled the code.
pub(super) fn number_of(verdict: &Verdict) -> (u16, bool) {
    match verdict {
        Verdict::Accepted(_) => (0, false),
        Verdict::Refused(refusal) => (refusal.number(), false),
        Verdict::HandedOver(_) => (110, true),
    }
}
