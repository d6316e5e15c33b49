//! A code without its signature, and what it says in plain words.

use super::{Answer, Code, CodeClaims, Schedule};
use crate::cose::Unsigned;
use crate::jose::rfc3339::written;
use crate::keys::{Draft, Signature};
use crate::language::{text, Hex, Language, Lines};
use crate::region::Region;

pub(super) struct CodeDraft {
    pub(super) unsigned: Unsigned,
    pub(super) claims: CodeClaims,
    pub(super) region: Region,
    pub(super) schedule: Schedule,
}

impl Draft<Code> for CodeDraft {
    fn words(&self, language: Language) -> String {
        let application = text("服务项目", "Application");
        let mut lines = Lines::new(language, text("码", "Code"));
        lines
            .fact(text("卡的归属地", "Home region of the card"), self.region)
            .time(text("时刻", "Made for"), written(self.schedule.shown_from_unix_s))
            .time(text("有效至", "Good until"), written(self.schedule.good_until_unix_s));
        match self.claims.application {
            Some(number) => lines.fact(application, number),
            None => lines.said(application, text("不限", "any")),
        };
        if let Some(answer) = &self.claims.answers {
            let name = match answer {
                Answer::Challenge(_) => text("所应答的挑战", "Answers the challenge"),
                Answer::Consent(_) => text("所同意内容的散列", "Agrees to what has the hash"),
            };
            lines.fact(name, Hex(answer.as_bytes()));
        }
        lines.finish()
    }

    fn signed(&self, signature: &Signature) -> Code {
        let code = self.unsigned.signed(signature);
        Code { text: crate::text::encode(&code), length: code.len(), schedule: self.schedule }
    }
}
