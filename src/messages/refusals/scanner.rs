//! 7xx: the scanner is not ready.

use crate::language::text;
use crate::messages::fault::Fault;
use crate::messages::message::Message;
use crate::messages::shared::{SERVE_BY_CARD, SHOW_CARD};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        number: 701,
        name: "no_trust_list",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备还没有发卡机构名单，暂时不能核验。",
            "This scanner has no list of issuers yet and cannot check any card.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text("请给扫码设备装入发卡机构名单。", "Load the trust list into the scanner."),
    },
    Message {
        number: 702,
        name: "trust_list_expired",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备的发卡机构名单已过期，需要更新。",
            "This scanner's list of issuers has expired and must be updated.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请更新发卡机构名单；刚更新过的，核对扫码设备的时间是否快了。",
            "Update the trust list; if that was just done, check whether the scanner's clock \
             is fast.",
        ),
    },
    Message {
        number: 703,
        name: "no_catalogue",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备还没有应用项目清单，暂时不能核验。",
            "This scanner has no catalogue of services yet and cannot check any card.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text("请给扫码设备装入应用项目清单。", "Load the catalogue into the scanner."),
    },
    Message {
        number: 704,
        name: "catalogue_expired",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备的应用项目清单已过期，需要更新。",
            "This scanner's catalogue of services has expired and must be updated.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请更新应用项目清单；刚更新过的，核对扫码设备的时间是否快了。",
            "Update the catalogue; if that was just done, check whether the scanner's clock is \
             fast.",
        ),
    },
    Message {
        number: 705,
        name: "unknown_application",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备的应用项目清单里没有第{application}号服务项目。",
            "This scanner's catalogue does not have service no. {application}.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请更新应用项目清单，并核对扫码设备设置的服务项目号。",
            "Update the catalogue, and check which service this scanner is set to.",
        ),
    },
    Message {
        number: 706,
        name: "scanner_clock_behind",
        fault: Fault::ScannerClock,
        reason: text(
            "本扫码设备的时间至少慢了{behind_s}秒。",
            "This scanner's clock is at least {behind_s} s slow.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请校准扫码设备的时间，并打开自动校时。",
            "Set the scanner's clock right, and turn on automatic time.",
        ),
    },
    Message {
        number: 707,
        name: "duplicates_unavailable",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备暂时查不到这个码是否用过。",
            "This scanner cannot tell at present whether the code has been used.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "看 why：full 为记录已满或磁盘写不进，请加大容量或清理磁盘；store 为外接存储无应答，请检查。",
            "See the fact why: full, raise the capacity of the memory, or make room on the disk \
             that keeps it; store, check the host's own store.",
        ),
    },
    Message {
        number: 708,
        name: "challenge_not_shown",
        fault: Fault::Scanner,
        reason: text(
            "本服务须先由扫码设备显示核验码，设备没有显示。",
            "This service needs a check code from the scanner, and the scanner has shown none.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请检查扫码程序：本服务项目须在扫码前显示核验码。",
            "Check the scanner's program: for this service it must show a check code first.",
        ),
    },
    Message {
        number: 709,
        name: "scanner_clock_went_back",
        fault: Fault::ScannerClock,
        reason: text(
            "本扫码设备的时间被拨慢了至少{behind_s}秒，查不到这个码是否用过。",
            "This scanner's clock was set back by at least {behind_s} s, so it cannot tell \
             whether the code has been used.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请校准扫码设备的时间；时间正确的，几分钟后自行恢复。",
            "Set the scanner's clock right; if it is right now, this ends by itself in minutes.",
        ),
    },
    Message {
        number: 710,
        name: "no_status_lists",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备还从未装入卡状态名单，查不到卡是否挂失或注销。",
            "This scanner was never given a list of lost and cancelled cards, so it cannot check \
             whether this card is one.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请给扫码设备装入卡状态名单；确无名单可用的，在策略中设为无名单运行。",
            "Load the status lists into the scanner; where there are none to be had, set its \
             policy to work without.",
        ),
    },
    Message {
        number: 711,
        name: "roots_expired",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备的根密钥名录已过期，需要更新。",
            "This scanner's roots document has expired and must be updated.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请装入新一版根密钥名录；刚装过的，核对扫码设备的时间是否快了。",
            "Install the next roots document; if that was just done, check whether the scanner's \
             clock is fast.",
        ),
    },
    Message {
        number: 712,
        name: "not_a_time",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备的程序给出的时间不对，暂时不能核验。",
            "This scanner's program gives a time that cannot be, so it cannot check any card.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请程序的开发者更正：时间以秒为单位，多半误用了毫秒。",
            "Have the program corrected by its makers: times are in seconds; most likely it gives \
             milliseconds.",
        ),
    },
];
