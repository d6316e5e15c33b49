//! What is wrong with a key in a token, in Chinese. Uses `cause`.

use std::io;

use onecode_keystore::{PinFileProblem, TokenError, UriError};

use crate::cause::Cause;

impl Cause for UriError {
    fn zh(&self) -> String {
        match self {
            UriError::Scheme => "不是以 pkcs11: 开头".into(),
            UriError::TooLong { length } => format!("有 {length} 字节，太长"),
            UriError::NotAnAttribute { part } => format!("{part:?} 不是“名称=值”的形式"),
            UriError::PinValue => {
                "pin-value 会让所有人看到 PIN；请把 PIN 写入文件，用 pin-source=file:… 指明".into()
            }
            UriError::UnknownAttribute { name } => format!("这里不使用属性 {name:?}"),
            UriError::Misplaced { name, in_query: true } => format!("{name} 应写在问号之后"),
            UriError::Misplaced { name, in_query: false } => format!("{name} 应写在问号之前"),
            UriError::Twice { name } => format!("{name} 出现两次"),
            UriError::Empty { name } => format!("{name} 是空的"),
            UriError::Character { name, found } => {
                format!("{name} 里的字符 {found:?} 须用百分号编码")
            }
            UriError::Percent { name } => format!("{name} 里的 % 后面不是两个十六进制数字"),
            UriError::NotText { name } => format!("{name} 不是没有控制字符的 UTF-8 文本"),
            UriError::SlotId => "slot-id 不是数字".into(),
            UriError::Type { found } => {
                format!("type {found:?} 不是密钥；应为 private 或 public")
            }
            UriError::ModuleName => "module-name 只写名称；文件位置用 module-path 指明".into(),
            UriError::PinSource => "pin-source 只能写成 file:路径".into(),
        }
    }
}

impl Cause for PinFileProblem {
    fn zh(&self) -> String {
        match self {
            PinFileProblem::Io(kind) => io::Error::from(*kind).zh(),
            PinFileProblem::NotAFile => "不是普通文件".into(),
            PinFileProblem::OpenToOthers { mode } => {
                format!("所有者以外的人也能读写（权限 {mode:03o}）；请用 `chmod 600` 修改")
            }
            PinFileProblem::OfAnotherUser => "属于另一个用户".into(),
            PinFileProblem::Content => "内容不是一行 PIN".into(),
        }
    }
}

impl Cause for TokenError {
    fn zh(&self) -> String {
        match self {
            TokenError::NoModule => {
                "没有指明 PKCS#11 模块；请在 URI 里写 module-path，或用 --pkcs11-module".into()
            }
            TokenError::TwoModules => "指明了两个不同的 PKCS#11 模块".into(),
            TokenError::ModuleMissing { module } => {
                format!("{}：没有这个 PKCS#11 模块", module.display())
            }
            TokenError::NotALibrary { module, detail } => {
                format!("{}：装入不了：{detail}", module.display())
            }
            TokenError::NotAModule { module } => {
                format!("{}：不是 PKCS#11 模块", module.display())
            }
            TokenError::TokenMissing { present } => {
                let there = if present.is_empty() { "无".into() } else { present.join("、") };
                format!("没有符合 URI 的令牌；现有：{there}")
            }
            TokenError::SeveralTokens { count } => {
                format!("有 {count} 个令牌符合 URI；请加上 serial")
            }
            TokenError::NoObjectNamed => "URI 没有指明密钥；请加上 object 或 id".into(),
            TokenError::NamesPublicKey => "URI 指明的是公钥，不能签名".into(),
            TokenError::NoPin => {
                "令牌需要 PIN：请用 pin-source=file:… 指明文件，或在终端里运行".into()
            }
            TokenError::PinFile { file, problem } => {
                format!("{}：{}", file.display(), problem.zh())
            }
            TokenError::WrongPin => "PIN 不对；只试了一次".into(),
            TokenError::LastTry => {
                "再输错一次 PIN 令牌就会锁定；请先在终端里登录一次，不写 pin-source".into()
            }
            TokenError::PinLocked => "PIN 已锁定；须由令牌的安全管理员重设".into(),
            TokenError::PinNotSet => "令牌还没有用户 PIN；请用令牌自带的工具设置".into(),
            TokenError::KeyMissing => "令牌里没有符合 URI 的私钥".into(),
            TokenError::SeveralKeys { count } => {
                format!("有 {count} 个私钥符合 URI；请用 object 和 id 指明一个")
            }
            TokenError::NoPublicKey => "令牌里没有符合 URI 的公钥".into(),
            TokenError::PublicKeyMissing => "私钥旁边没有公钥；请以相同的 id 和标签写入\
                （`pkcs11-tool --write-object FILE --type pubkey`）"
                .into(),
            TokenError::SeveralPublicKeys { count } => format!("有 {count} 个公钥符合 URI"),
            TokenError::PublicKeyDamaged => "令牌里的公钥已损坏".into(),
            TokenError::Kind { found } => {
                format!("密钥的种类是 {found}；这里只使用 P-256 和 Ed25519")
            }
            TokenError::Sm2 => "SM2 不通过 PKCS#11 签名；用 `sign --prepare` 写出待签内容，\
                由令牌自带的工具签名，再用 `sign --attach` 附上"
                .into(),
            TokenError::MayNotSign => "这个密钥不可用于签名".into(),
            TokenError::AlwaysAuthenticate => "这个密钥每次签名都要 PIN，这里不支持".into(),
            TokenError::LabelTaken { label } => format!("令牌里已有标签为 {label:?} 的对象"),
            TokenError::IdTaken => "令牌里已有这个 id 的对象".into(),
            TokenError::NoLabel => "新密钥的 URI 须用 object 指明标签".into(),
            TokenError::OtherKey => "令牌里这个名称下现在是另一个密钥".into(),
            TokenError::Driver { function, code } => format!("{function}：{code}"),
        }
    }
}
