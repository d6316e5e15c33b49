//! What publications and fetching say, in Chinese.

use onecode::fetching::{FetchFault, FetchProblem};
use onecode::publication::{PublicationError, SignPublicationError};

use super::{too_large, Cause};
use crate::time::rfc3339;

impl Cause for FetchProblem {
    fn zh(&self) -> String {
        format!("{}：{}", self.file, self.fault.zh())
    }
}

impl Cause for FetchFault {
    fn zh(&self) -> String {
        match self {
            FetchFault::Missing => "文件不存在".into(),
            FetchFault::NotFetched => "未能取得".into(),
            FetchFault::TooLarge { length, limit } => too_large(*length, *limit),
            FetchFault::OtherSize { expected, found } => {
                format!("有 {found} 字节，而索引载明 {expected} 字节")
            }
            FetchFault::OtherContent { expected, found } => {
                format!("内容与索引不符：应为 {expected}，实为 {found}")
            }
            FetchFault::Document(error) => error.zh(),
            FetchFault::Index(error) => error.zh(),
            FetchFault::Behind { offered, held } => {
                format!("所载为 {offered}，而已有 {held}：这个发布点的内容是旧的")
            }
            FetchFault::OtherEdition { sequence } => {
                format!("所载第 {sequence} 版与已有的第 {sequence} 版不是同一份")
            }
            FetchFault::Ahead { ahead_s } => {
                format!("签发时间比本机时间晚 {ahead_s} 秒")
            }
            FetchFault::NoFolder => "这个发卡机构的编号以点号开头".into(),
            FetchFault::NotTaken(error) => format!("没有装入：{}", error.zh()),
        }
    }
}

impl Cause for PublicationError {
    fn zh(&self) -> String {
        match self {
            PublicationError::Form { detail } => format!("不是卡状态名单的索引：{detail}"),
            PublicationError::OtherIssuer { found } => {
                format!("这是发卡机构 {found:?} 的索引")
            }
            PublicationError::NotLater { before_unix_s, issued_at_unix_s } => format!(
                "上次发布的时间 {} 不早于这次的 {}",
                rfc3339(*before_unix_s),
                rfc3339(*issued_at_unix_s)
            ),
            PublicationError::Lists { lists, bytes } => {
                format!("{lists} 份名单、共 {bytes} 字节，不能发布")
            }
        }
    }
}

impl Cause for SignPublicationError {
    fn zh(&self) -> String {
        match self {
            SignPublicationError::Lists(error) => error.zh(),
            SignPublicationError::Publication(error) => error.zh(),
        }
    }
}
