//! Why something did not work, in Chinese: the library's errors and those of the system.
//!
//! In English they speak for themselves (`Display`). Uses `lang`. The compiler sees that none of the
//! library's is missing.

mod fetching;

use std::fmt;
use std::io::{self, ErrorKind};

use onecode::card::{CredentialError, IssueError};
use onecode::challenge::{ChallengeError, ChallengeTextError};
use onecode::code::MakeCodeError;
use onecode::cose::{CborError, CborProblem};
use onecode::duplicates::{SummaryError, VenueFileError};
use onecode::gate::SnapshotError;
use onecode::governance::{RootsDiffer, Tally};
use onecode::jose::{Base64UrlProblem, DocumentError, JwkError, NotBase64Url, SignDocumentError};
use onecode::keys::{KeyError, NotAKey, SigningError};
use onecode::qr::QrError;
use onecode::receipt::{ChainProblem, ReceiptError, ReceiptProblem, ReplayListsError};
use onecode::region::RegionError;
use onecode::request::MakeRequestError;
use onecode::status::{EventError, Status, StatusListError};
use onecode::wallet::{AddCardError, WalletBytesError};
use onecode::{InstallError, Language};

use crate::lang::{language, Said};
use crate::time::rfc3339;

/// An error that a person is told.
pub(crate) trait Cause: fmt::Display {
    /// In Chinese. The English text is that of `Display`.
    fn zh(&self) -> String;

    /// In the language of this process.
    fn said(&self) -> Said {
        Said::in_language(match language() {
            Language::Zh => self.zh(),
            Language::En => self.to_string(),
        })
    }
}

impl Cause for Said {
    fn zh(&self) -> String {
        self.to_string()
    }
}

/// A text in both languages, for an error of the system that this command makes. [`both!`] writes
/// one whose facts are the same in both.
#[derive(Debug)]
pub(crate) struct Both {
    pub(crate) zh: String,
    pub(crate) en: String,
}

impl fmt::Display for Both {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for Both {}

impl Cause for io::Error {
    fn zh(&self) -> String {
        if let Some(both) = self.get_ref().and_then(|inner| inner.downcast_ref::<Both>()) {
            return both.zh.clone();
        }
        let text = match self.kind() {
            ErrorKind::NotFound => "没有这个文件或文件夹",
            ErrorKind::PermissionDenied => "没有权限",
            ErrorKind::AlreadyExists => "已经存在",
            ErrorKind::IsADirectory => "这是文件夹",
            ErrorKind::NotADirectory => "路径中有一级不是文件夹",
            ErrorKind::StorageFull => "磁盘已满",
            ErrorKind::QuotaExceeded => "磁盘配额已用完",
            ErrorKind::FileTooLarge => "文件太大",
            ErrorKind::ReadOnlyFilesystem => "文件系统只读",
            ErrorKind::BrokenPipe => "管道的另一端已关闭",
            ErrorKind::InvalidData => "内容不符合格式",
            ErrorKind::InvalidInput => "参数无效",
            ErrorKind::UnexpectedEof => "内容不完整",
            ErrorKind::Unsupported => "系统不支持",
            ErrorKind::ConnectionRefused => "连接被拒绝",
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => "连接中断",
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "网络不可达",
            _ => return self.to_string(),
        };
        match self.raw_os_error() {
            Some(number) => format!("{text}（系统错误 {number}）"),
            None => text.to_owned(),
        }
    }
}

impl Cause for serde_json::Error {
    fn zh(&self) -> String {
        format!("JSON 有误：{self}")
    }
}

impl Cause for image::ImageError {
    fn zh(&self) -> String {
        format!("图片读不出来：{self}")
    }
}

impl Cause for CborError {
    fn zh(&self) -> String {
        format!("第 {} 字节处{}", self.at, cbor_problem(self.problem))
    }
}

impl Cause for VenueFileError {
    fn zh(&self) -> String {
        match self {
            VenueFileError::TooLarge { length } => format!("{length} 字节，超过上限"),
            VenueFileError::Form => "不是用过的码的摘要文件".into(),
            VenueFileError::Summary { number, error } => {
                format!("第 {number} 份摘要：{}", error.zh())
            }
        }
    }
}

impl Cause for SummaryError {
    fn zh(&self) -> String {
        match self {
            SummaryError::TooLarge { length, limit } => {
                format!("{length} 字节，超过上限 {limit} 字节")
            }
            SummaryError::Form(error) => format!("不是用过的码的摘要：{}", error.zh()),
            SummaryError::BadTag => "不是用这个场所的密钥生成的".into(),
            SummaryError::OutOfTime { unix_s, now_unix_s } => {
                let (unix_s, now) = (rfc3339(*unix_s), rfc3339(*now_unix_s));
                format!("所说的时间 {unix_s} 与现在 {now} 相差太远")
            }
            SummaryError::NotATime { unix_s } => format!("{unix_s} 不是 Unix 秒时间"),
            SummaryError::Full { entries } => {
                format!("还有 {entries} 个码要记，会占去这台闸机自己的位置")
            }
        }
    }
}

fn cbor_problem(problem: CborProblem) -> String {
    match problem {
        CborProblem::Truncated => "数据提前结束",
        CborProblem::TrailingBytes => "有多余的字节",
        CborProblem::IndefiniteLength => "用了不定长编码",
        CborProblem::NotShortest => "数字没有用最短编码",
        CborProblem::WrongType => "数据类型不对",
        CborProblem::WrongCount => "项数不对",
        CborProblem::UnsortedKeys => "键的次序不对",
        CborProblem::UnexpectedKey => "有不该有的键",
        CborProblem::MissingKey => "缺少键",
        CborProblem::WrongLength => "字节串的长度不对",
        CborProblem::OutOfRange => "数字超出范围",
        CborProblem::UnprotectedHeader => "有未受保护的头部",
        CborProblem::UnknownScheme => "方案版本更新，本程序不认识",
        CborProblem::UnknownAlgorithm => "算法不认识",
    }
    .to_owned()
}

impl Cause for NotAKey {
    fn zh(&self) -> String {
        format!("不是 {} 公钥", self.algorithm)
    }
}

impl Cause for KeyError {
    fn zh(&self) -> String {
        match self {
            KeyError::NotPkcs8 => "不是已知算法的未加密 PKCS#8 私钥".into(),
            KeyError::NoRandomness => NO_RANDOMNESS.into(),
            KeyError::PublicKey(error) => error.zh(),
        }
    }
}

const NO_RANDOMNESS: &str = "操作系统没有给出随机数";

const BAD_SIGNATURE: &str = "签名核验不通过";

fn too_large(length: usize, limit: usize) -> String {
    format!("{length} 字节，超过上限 {limit}")
}

fn not_a_time(unix_s: i64) -> String {
    format!("{unix_s} 不是有效的 Unix 秒时间")
}

impl Cause for SigningError {
    fn zh(&self) -> String {
        match self {
            SigningError::Locked => "密钥已锁定，须由用户先验证身份".into(),
            SigningError::DoesNotHold => "密钥给出的签名用它自己的公钥核验不通过".into(),
            #[cfg(feature = "sm2")]
            SigningError::WithoutZ => "签名是对消息的 SM3 哈希值直接作出的，缺少 Z 值".into(),
            #[cfg(feature = "sm2")]
            SigningError::OtherSignerId { .. } => "签名时用的是另一个签名者标识".into(),
            SigningError::HashedTwice => "签名时对哈希值又做了一次哈希运算".into(),
            SigningError::Gone => "密钥已永久失效".into(),
            SigningError::Refused { reason } => format!("密钥没有签名：{reason}"),
            SigningError::Returned(error) => format!("密钥返回的不是签名：{error}"),
        }
    }
}

impl Cause for NotBase64Url {
    fn zh(&self) -> String {
        let problem = match self.problem {
            Base64UrlProblem::ByteOrderMark => "字节顺序标记；请把文本存为不带标记的 UTF-8",
            Base64UrlProblem::LineEnd => "换行；文本应为完整的一段，后面没有别的内容",
            Base64UrlProblem::Space => "空格",
            Base64UrlProblem::Padding => "填充符（=），这里不写填充符",
            Base64UrlProblem::Standard => "标准 base64 的字符；base64url 用 - 代替 +，用 _ 代替 /",
            Base64UrlProblem::Character => "A 至 Z、a 至 z、0 至 9、- 和 _ 以外的字符",
            Base64UrlProblem::CutShort => "末尾单独一个，应有两个以上；文本被截短了",
            Base64UrlProblem::StrayBits => "最后一个，含有不属于任何字节的比特；文本已损坏",
        };
        format!("不是 base64url 编码：第 {} 个字符是{problem}", self.at)
    }
}

impl Cause for JwkError {
    fn zh(&self) -> String {
        match self {
            JwkError::NotBase64Url { member, problem } => {
                return format!("{member} {}", problem.zh())
            }
            JwkError::Form => "不是含 kty、crv、x 的 JWK",
            JwkError::Private => "这是私钥",
            JwkError::UnknownCurve => "密钥类型或曲线不认识",
            JwkError::NotAKey => "坐标不是曲线上的点",
        }
        .to_owned()
    }
}

impl Cause for RegionError {
    fn zh(&self) -> String {
        format!("{} 不是六位 GB/T 2260 代码", self.code)
    }
}

impl Cause for ChallengeTextError {
    fn zh(&self) -> String {
        match self {
            ChallengeTextError::Length { found, expected } => {
                format!("有 {found} 个字符，应为 {expected} 个")
            }
            ChallengeTextError::Character { at } => format!("第 {at} 个字符不是核验码的字符"),
            ChallengeTextError::NotBase45 => "图中的文本已损坏".into(),
        }
    }
}

impl Cause for ChallengeError {
    fn zh(&self) -> String {
        match self {
            ChallengeError::NoRandomness => NO_RANDOMNESS.into(),
            ChallengeError::Lifetime { expires_unix_s } => {
                format!("核验码到 {} 才失效，时间太长", rfc3339(*expires_unix_s))
            }
            ChallengeError::NotATime { unix_s } => not_a_time(*unix_s),
            ChallengeError::Known => "这个核验码以前用过".into(),
        }
    }
}

impl Cause for DocumentError {
    fn zh(&self) -> String {
        match self {
            DocumentError::TooLarge { length, limit } => too_large(*length, *limit),
            DocumentError::NotATime { unix_s } => not_a_time(*unix_s),
            DocumentError::Form { detail } => format!("不是 JSON 通用格式的 JWS：{detail}"),
            DocumentError::NotBase64Url { part, problem } => {
                format!("JWS 的 {part} {}", problem.zh())
            }
            DocumentError::Header => "受保护的头部不是恰好 alg、kid、typ 三项".into(),
            DocumentError::WrongKind { found } => format!("文档的类型是 {found:?}"),
            DocumentError::SignedTwice { key } => format!("密钥 {key} 签了两次"),
            DocumentError::NotEnough(tally) => tally.zh(),
            DocumentError::Content { detail } => format!("签名的内容不能用：{detail}"),
        }
    }
}

impl Cause for Tally {
    fn zh(&self) -> String {
        let Tally { needed, holders, unknown, not_admitted, bad } = self;
        let mut text = format!("须由 {needed} 家签署方签名，已有 {} 家", holders.len());
        if !holders.is_empty() {
            text += &format!("（{}）", holders.join("、"));
        }
        for (count, what) in [
            (unknown, "不属于任何签署方的密钥的签名"),
            (not_admitted, "无权签署此类文档的密钥的签名"),
            (bad, "核验不通过的签名"),
        ] {
            if *count > 0 {
                text += &format!("；{what}：{count}");
            }
        }
        text
    }
}

impl Cause for RootsDiffer {
    fn zh(&self) -> String {
        format!(
            "所配置的根密钥名录（{}）不在这个状态经历过的各版之中：它从 {} 开始，现行第 {} 版",
            self.configured, self.begun, self.number
        )
    }
}

impl Cause for SignDocumentError {
    fn zh(&self) -> String {
        match self {
            SignDocumentError::Signing(error) => error.zh(),
            SignDocumentError::Json { detail } => format!("文档写不出来：{detail}"),
            SignDocumentError::Content(error) => {
                format!("没有扫码设备会接受这份文档：{}", error.zh())
            }
            SignDocumentError::DatedAhead { ahead_s, limit_s } => {
                format!("签发时间比本机时间晚 {ahead_s} 秒；最多晚 {limit_s} 秒才可签名")
            }
            SignDocumentError::NoMoreSignatures { limit } => {
                format!("文档已有这个密钥的签名，或已有 {limit} 个签名")
            }
            SignDocumentError::OtherDocument { ours, theirs } => {
                format!("这是两份不同的文档：{ours} 和 {theirs}")
            }
        }
    }
}

impl Cause for StatusListError {
    fn zh(&self) -> String {
        match self {
            StatusListError::TooLarge { length, limit } => too_large(*length, *limit),
            StatusListError::Form(error) => format!("不是卡状态名单：{}", error.zh()),
            StatusListError::WrongKind => "这是另一种签名令牌".into(),
            StatusListError::Subject => "主题里没有发卡机构和分片".into(),
            StatusListError::Bits { bits } => format!("每个位置 {bits} 比特，应为 2 比特"),
            StatusListError::Packed(error) => format!("压缩的名单有误：{error}"),
            StatusListError::Shard(error) => format!("名单的分片有误：{error}"),
            StatusListError::Delta(error) => format!("增量名单有误：{error}"),
            StatusListError::TooManyShards { shards } => format!("{shards} 个分片，太多"),
            StatusListError::Time { unix_s } => not_a_time(*unix_s),
            StatusListError::Signing(error) => error.zh(),
        }
    }
}

impl Cause for EventError {
    fn zh(&self) -> String {
        let status = match self.status {
            None => "没有这个位置",
            Some(Status::Valid) => "它现在正常",
            Some(Status::Suspended) => "它已挂失",
            Some(Status::Revoked) => "它已注销",
        };
        format!("位置 {} 不能这样变更：{status}", self.index)
    }
}

impl Cause for InstallError {
    fn zh(&self) -> String {
        match self {
            InstallError::Document(error) => error.zh(),
            InstallError::Status(error) => error.zh(),
            InstallError::Rollback { in_force, offered } => {
                format!("第 {offered} 版比现行的第 {in_force} 版旧")
            }
            InstallError::SameSequence { sequence } => {
                format!("另一份文档已用了序号 {sequence}")
            }
            InstallError::RootsSkipped { in_force, offered } => {
                format!("根密钥名录第 {offered} 版不紧接现行的第 {in_force} 版")
            }
            InstallError::OtherRoots { expected, found } => {
                format!("扫码设备配置的根密钥名录是 {expected}，这一份是 {found}")
            }
            InstallError::NotAnsweredFor { issuer } => {
                format!("签名的签署方都不对应发卡机构 {issuer}")
            }
            InstallError::TooManyNotices { limit } => {
                format!("这家签署方的停用通知已有 {limit} 份")
            }
            InstallError::StatusKeyWithdrawn { issuer } => {
                format!("签发 {issuer} 这份卡状态名单的密钥已被停用")
            }
            InstallError::Expired { expired_unix_s } => {
                format!("已于 {} 到期", rfc3339(*expired_unix_s))
            }
            InstallError::IssuedAhead { issued_at_unix_s, limit_s, .. } => format!(
                "签发时间 {} 比本设备的时间晚 {limit_s} 秒以上：双方有一方时间不准",
                rfc3339(*issued_at_unix_s)
            ),
            InstallError::NotATime { unix_s } => not_a_time(*unix_s),
            InstallError::NoTrustList => "还没有发卡机构名单".into(),
            InstallError::NoStatusKey { issuer } => {
                format!("{issuer} 没有这个编号的密钥可以签发卡状态名单")
            }
            InstallError::BadSignature => "卡状态名单的签名核验不通过".into(),
            InstallError::NoBase { from_unix_s } => format!(
                "这份增量名单接在同一密钥 {} 的名单之后，而那些名单未在使用",
                rfc3339(*from_unix_s)
            ),
        }
    }
}

impl Cause for SnapshotError {
    fn zh(&self) -> String {
        match self {
            SnapshotError::NotASnapshot => "不是扫码设备的快照".into(),
            SnapshotError::OlderFormat { version } => format!("快照是旧格式 {version}"),
            SnapshotError::NewerFormat { version } => format!("快照是新格式 {version}"),
            SnapshotError::Damaged => "快照已损坏".into(),
            SnapshotError::Content(error) => format!("快照的内容有误：{}", error.zh()),
        }
    }
}

impl Cause for CredentialError {
    fn zh(&self) -> String {
        match self {
            CredentialError::Form(error) => format!("不是卡凭证：{}", error.zh()),
            CredentialError::HolderKey(error) => format!("卡凭证里的手机密钥{}", error.zh()),
        }
    }
}

impl Cause for IssueError {
    fn zh(&self) -> String {
        match self {
            IssueError::Window { window_s } => {
                format!("有效时间 {window_s} 秒，不在 1 至 300 秒之间")
            }
            IssueError::Time { unix_s } => not_a_time(*unix_s),
            #[cfg(feature = "sm2")]
            IssueError::HolderSignerId => "手机密钥签名须用默认的用户标识".into(),
            IssueError::Signing(error) => error.zh(),
        }
    }
}

impl Cause for MakeRequestError {
    fn zh(&self) -> String {
        match self {
            MakeRequestError::WrongKey => "申请里写的是另一个密钥".into(),
            MakeRequestError::Time { unix_s } => not_a_time(*unix_s),
            #[cfg(feature = "sm2")]
            MakeRequestError::HolderSignerId => "手机密钥签名须用默认的用户标识".into(),
            MakeRequestError::Signing(error) => error.zh(),
        }
    }
}

impl Cause for AddCardError {
    fn zh(&self) -> String {
        match self {
            AddCardError::Full { limit } => format!("卡包已满：有 {limit} 张卡"),
            AddCardError::NameTooLong { length, limit } => {
                format!("名称有 {length} 字节，超过上限 {limit}")
            }
        }
    }
}

impl Cause for WalletBytesError {
    fn zh(&self) -> String {
        match self {
            WalletBytesError::NotAWallet => "不是卡包".into(),
            WalletBytesError::Newer { version } => {
                format!("卡包由更新的版本写成（格式 {version}）")
            }
            WalletBytesError::TooLarge { length, limit } => too_large(*length, *limit),
            WalletBytesError::Damaged => "卡包已损坏".into(),
            WalletBytesError::Form(error) => format!("卡包不符合格式：{}", error.zh()),
            WalletBytesError::Card(error) => error.zh(),
        }
    }
}

impl Cause for MakeCodeError {
    fn zh(&self) -> String {
        match self {
            MakeCodeError::WrongKey => "卡凭证绑定的是另一部手机的密钥".into(),
            MakeCodeError::Time { unix_s } => not_a_time(*unix_s),
            MakeCodeError::CardExpired { expires_unix_s } => {
                format!("卡凭证已于 {} 到期", rfc3339(*expires_unix_s))
            }
            MakeCodeError::TooLarge { length, limit } => too_large(*length, *limit),
            MakeCodeError::NoUnusedSecond { now_unix_s } => {
                format!("{} 前后没有未用过的秒", rfc3339(*now_unix_s))
            }
            MakeCodeError::SecondTaken { unix_s } => {
                format!("第 {unix_s} 秒（Unix 秒）已另有一个码")
            }
            MakeCodeError::Signing(error) => error.zh(),
        }
    }
}

impl Cause for QrError {
    fn zh(&self) -> String {
        match self {
            QrError::Empty => "没有文本可画".into(),
            QrError::TooLong { len, max, .. } => {
                format!("文本有 {len} 字节，这个纠错等级最多 {max} 字节")
            }
            QrError::NotAlphanumeric { at, found } => {
                format!("第 {at} 个字符 {found:?} 不属于二维码的字母数字字符集")
            }
            QrError::ModuleSize { asked, max } => {
                format!("每个模块 {asked} 像素；可画 1 至 {max} 像素")
            }
            QrError::Png(error) => format!("PNG：{error}"),
        }
    }
}

impl Cause for ReceiptError {
    fn zh(&self) -> String {
        match self {
            ReceiptError::NotStarted => "回执尚未启用".into(),
            ReceiptError::Time { unix_s } => not_a_time(*unix_s),
            ReceiptError::ChainWentOn { number } => {
                format!("回执链已经延续，下一份是第 {number} 号")
            }
            ReceiptError::Signing(error) => error.zh(),
        }
    }
}

impl Cause for ReceiptProblem {
    fn zh(&self) -> String {
        match self {
            ReceiptProblem::Form(error) => format!("不是受理回执：{}", error.zh()),
            ReceiptProblem::UnknownKey { key_id } => {
                format!("没有编号为 {key_id} 的密钥可以签发回执")
            }
            ReceiptProblem::NotAdmitted { scanner } => {
                format!("这个密钥不能为扫码设备 {scanner} 签名")
            }
            ReceiptProblem::KeyNotInTime { time_unix_s } => {
                format!("{} 时这个密钥不在有效期内", rfc3339(*time_unix_s))
            }
            ReceiptProblem::KeyWithdrawn => "这个密钥已被撤销".into(),
            ReceiptProblem::BadSignature => BAD_SIGNATURE.into(),
        }
    }
}

impl Cause for ChainProblem {
    fn zh(&self) -> String {
        match self {
            ChainProblem::Receipt(problem) => problem.zh(),
            ChainProblem::OtherScanner { found } => format!("这是扫码设备 {found} 的回执"),
            ChainProblem::Missing { found } => format!("这里的编号是 {found}，之前的缺失"),
            ChainProblem::Repeated { found } => {
                format!("这里的编号是 {found}，重复或次序不对")
            }
            ChainProblem::OtherPrevious => "它接在另一份回执之后".into(),
            ChainProblem::End { expected } => {
                format!("链没有在应当结束的地方结束，即编号 {expected} 之前")
            }
        }
    }
}

impl Cause for ReplayListsError {
    fn zh(&self) -> String {
        match self {
            ReplayListsError::Document(error) => error.zh(),
            ReplayListsError::Status(error) => error.zh(),
            ReplayListsError::NotSigned => "发卡机构名单里没有密钥签过这份卡状态名单".into(),
            ReplayListsError::NoBase => "这份名单或增量名单接不上前面给出的名单".into(),
        }
    }
}
