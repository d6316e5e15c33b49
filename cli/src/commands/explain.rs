//! `onecode explain`: what a code says, and what an auditor needs to check it with OpenSSL alone.
//!
//! Uses `keys::openssl` and `files`. Nothing here is verified.

use std::path::{Path, PathBuf};

use onecode::explain::{explain as read_code, SignedBytes, Unverified};
use onecode::{Algorithm, Answer, PublicKey};
use serde_json::{json, Value};

use crate::failure::Failure;
use crate::files::{self, hex, read, Readers};
use crate::keys::openssl::{openssl_signature, public_key, public_pem};
use crate::lang::{language, padded, Said};
use crate::time::rfc3339;

/// In JSON, which is the same in both languages.
const UNVERIFIED: &str = "UNVERIFIED: nobody has checked these signatures.";

/// Show what a code says. UNVERIFIED: no signature is checked.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  onecode explain 'OC1:…'\n  \
    onecode explain - --export audit < code.txt   # then: cd audit; sh COMMANDS.txt")]
pub(crate) struct Explain {
    /// The text of the picture; `-` for the first line of standard input.
    text: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// A new folder for signed bytes, signatures, keys and the OpenSSL commands to check them.
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// The issuer's public key, as PEM or JWK, to be exported as well.
    #[arg(long, value_name = "FILE", requires = "export")]
    issuer_key: Option<PathBuf>,
}

impl Explain {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let text = match &*self.text {
            "-" => first_line(read(Path::new("-"))?)?,
            text => text.to_owned(),
        };
        let contents = read_code(&text).map_err(|refusal| {
            let mut line = format!("{} {}", refusal.number(), refusal.text(language()));
            for (name, value) in refusal.facts() {
                line += &format!(" {name} {value}");
            }
            Failure(Said::in_language(line))
        })?;
        if self.json {
            outln!("{:#}", to_json(&contents));
        } else {
            answer!(
                "未经核验：这些签名没有核验过。\n",
                "UNVERIFIED: nobody has checked these signatures.\n"
            );
            for (name, value) in rows(&contents) {
                outln!("{}{value}", padded(name.as_str(), 22));
            }
        }
        if let Some(folder) = &self.export {
            let issuer = self.issuer_key.as_deref().map(public_key).transpose()?;
            files::fill_new_folder(folder, || export(&contents, issuer.as_ref(), folder))?;
            tell!(
                "已写入 {folder}；用法见其中的 COMMANDS.txt",
                "written to {folder}; see COMMANDS.txt there",
                folder = folder.display()
            );
        }
        Ok(())
    }
}

/// The first line as it is: a space at its end would be part of the code.
fn first_line(bytes: Vec<u8>) -> Result<String, Failure> {
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure(said!("标准输入不是 UTF-8 文本", "standard input is not UTF-8")))?;
    let line = text.split('\n').next().unwrap_or_default();
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn rows(contents: &Unverified) -> Vec<(Said, String)> {
    let Unverified { code, card, .. } = contents;
    let time = |unix_s: i64| format!("{unix_s}  ({})", rfc3339(unix_s));
    let none = || "-".to_owned();
    let bits: Vec<String> = card.entitlements.iter().map(|bit| bit.to_string()).collect();
    let yes = |yes: bool| if yes { said!("是", "true") } else { said!("否", "false") };
    let application = match code.application {
        Some(number) => number.to_string(),
        None => said!("不限", "any").to_string(),
    };
    let window_s = card.max_window_s;
    vec![
        (said!("生成时间", "made at"), time(code.issued_at_unix_s)),
        (said!("限用服务项目", "for application"), application),
        match &code.answers {
            Some(Answer::Consent(hash)) => {
                (said!("所同意事项的编号", "states consent to"), hex(hash))
            }
            answers => (
                said!("回应的核验码", "answers challenge"),
                answers.as_ref().map_or_else(none, |answer| hex(answer.as_bytes())),
            ),
        },
        (said!("手机签名算法", "signed by phone with"), card.holder_key.algorithm().to_string()),
        (said!("手机公钥", "phone key"), card.holder_key.to_jwk()),
        (said!("卡的归属地", "card of region"), card.region.to_string()),
        (said!("状态位置", "status index"), card.status_index.to_string()),
        (said!("功能位", "entitlement bits"), bits.join(" ")),
        (said!("有效时间", "window"), said!("{window_s} 秒", "{window_s} s").to_string()),
        (said!("卡凭证到期", "card expires"), time(card.expires_unix_s)),
        (
            said!("确认有效的时间", "confirmed valid at"),
            card.confirmed_unix_s.map_or_else(none, time),
        ),
        (said!("演练用卡", "practice card"), yes(card.specimen).to_string()),
        (said!("由亲属出示", "shown by a relative"), yes(card.delegate).to_string()),
        (said!("发卡机构签名算法", "signed by issuer with"), contents.issuer_algorithm.to_string()),
        (said!("发卡机构密钥编号", "issuer key id"), contents.issuer_key_id.to_string()),
    ]
}

fn to_json(contents: &Unverified) -> Value {
    let Unverified { code, card, .. } = contents;
    let layer = |layer: &SignedBytes| json!({ "signed": hex(&layer.signed), "signature": hex(layer.signature.as_bytes()) });
    json!({
        "unverified": UNVERIFIED,
        "code": {
            "issued_at_unix_s": code.issued_at_unix_s,
            "application": code.application,
            "challenge": code.answers.as_ref().and_then(|answers| Some(hex(answers.challenge()?.as_bytes()))),
            "consent": match &code.answers {
                Some(Answer::Consent(hash)) => Some(hex(hash)),
                _ => None,
            },
            "algorithm": card.holder_key.algorithm().name(),
            "signature": layer(&contents.code_signature),
        },
        "card": {
            "region": card.region,
            "status_index": card.status_index,
            "entitlements": card.entitlements.iter().collect::<Vec<u8>>(),
            "max_window_s": card.max_window_s,
            "expires_unix_s": card.expires_unix_s,
            "confirmed_unix_s": card.confirmed_unix_s,
            "specimen": card.specimen,
            "delegate": card.delegate,
            "holder_key": card.holder_key.to_jwk(),
            "issuer_key_id": contents.issuer_key_id.to_string(),
            "algorithm": contents.issuer_algorithm.name(),
            "signature": layer(&contents.card_signature),
        },
    })
}

/// Writes both layers into a folder.
fn export(contents: &Unverified, issuer: Option<&PublicKey>, folder: &Path) -> Result<(), Failure> {
    let write =
        |name: &str, bytes: &[u8]| files::write_new(&folder.join(name), bytes, Readers::Everybody);
    let phone = &contents.card.holder_key;
    write("phone.pem", public_pem(phone)?.as_bytes())?;
    if let Some(issuer) = issuer {
        write("issuer.pem", public_pem(issuer)?.as_bytes())?;
    }
    let mut commands = String::new();
    for (name, key, algorithm, layer) in [
        ("card", "issuer", contents.issuer_algorithm, &contents.card_signature),
        ("code", "phone", phone.algorithm(), &contents.code_signature),
    ] {
        write(&format!("{name}.signed"), &layer.signed)?;
        write(&format!("{name}.sig"), layer.signature.as_bytes())?;
        write(&format!("{name}.sig.openssl"), &openssl_signature(algorithm, &layer.signature)?)?;
        if key == "issuer" && issuer.is_none() {
            commands += said!(
                "# 请把发卡机构的公钥（密钥编号 {key_id}）存为 issuer.pem\n",
                "# put the public key of the issuer (key id {key_id}) into issuer.pem\n",
                key_id = contents.issuer_key_id
            )
            .as_str();
        }
        commands += &format!(
            "openssl pkeyutl -verify -pubin -inkey {key}.pem -rawin{} \\\n  \
             -in {name}.signed -sigfile {name}.sig.openssl\n",
            digest(algorithm, issuer.filter(|_| key == "issuer"))
        );
    }
    write("COMMANDS.txt", commands.as_bytes())
}

/// The options that tell OpenSSL how the message is hashed.
fn digest(algorithm: Algorithm, key: Option<&PublicKey>) -> String {
    match algorithm {
        Algorithm::Esp256 => " -digest sha256".into(),
        #[cfg(feature = "sm2")]
        Algorithm::Sm2 => {
            let id = key.and_then(PublicKey::sm2_id).unwrap_or(&onecode::keys::SignerId::DEFAULT);
            format!(" -digest sm3 -pkeyopt hexdistid:{}", hex(id.as_bytes()))
        }
        Algorithm::Ed25519 => {
            let _ = key;
            String::new()
        }
    }
}
