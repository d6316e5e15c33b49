//! 5xx: rules of the application.

use crate::language::text;
use crate::messages::fault::Fault;
use crate::messages::message::Message;

pub(super) const MESSAGES: &[Message] = &[
    Message {
        number: 501,
        name: "not_accepted_here",
        fault: Fault::Rule,
        reason: text(
            "“{application_zh}”没有在本地区（{place}）开通。",
            "“{application_en}” is not offered in this area ({place}).",
        ),
        holder: text(
            "请询问工作人员其他办法，或拨打12345热线查询受理地点。",
            "Please ask the staff for another way, or ask the 12345 hotline where it is offered.",
        ),
        attendant: text(
            "请说明原因并提供其他办理方式；本地已开通的，请用实体卡办理并报修设备。",
            "Explain, and offer another way; if it is offered here, serve by physical card and \
             report this scanner.",
        ),
        operator: text(
            "请核对扫码设备的地区代码和服务项目号，并更新应用项目清单。",
            "Check which place and service this scanner is set to, and update the catalogue.",
        ),
    },
    Message {
        number: 502,
        name: "issuer_not_accepted",
        fault: Fault::Rule,
        reason: text(
            "本服务项目还不受理该发卡机构（{issuer_zh}）的卡。",
            "This service does not take cards of this issuer ({issuer_en}) yet.",
        ),
        holder: text(
            "请询问工作人员其他办法，或拨打12345热线报此编号。",
            "Please ask the staff for another way, or tell the 12345 hotline this number.",
        ),
        attendant: text(
            "请说明原因，并提供其他办理方式，如人工窗口或其他身份证件。",
            "Explain, and offer another way, such as the staffed counter or other ID.",
        ),
        operator: text(
            "请更新应用项目清单；应受理而未列入的，请发布单位更正。",
            "Update the catalogue; if the issuer should be in it, have its publisher correct it.",
        ),
    },
    Message {
        number: 503,
        name: "entitlement_missing",
        fault: Fault::Card,
        reason: text(
            "这张电子卡还没有开通本服务需要的功能：{missing_zh}。",
            "This card lacks a function that this service needs: {missing_en}.",
        ),
        holder: text(
            "请在手机应用或发卡机构开通后更新电子卡；跨省就医请先办理异地就医备案。",
            "Activate it in the app or with the issuer, then renew the card; for treatment in \
             another province, register first.",
        ),
        attendant: text(
            "请告知怎样开通；就医等急事，请先用其他方式办理。",
            "Explain how to activate it; if it is urgent, such as medical care, serve the \
             person another way first.",
        ),
        operator: text(
            "按 missing 和清单查明缺哪项功能；已开通的，请其在应用中更新电子卡。",
            "Find the function from missing and the catalogue; if it is active, have the card \
             renewed in the app.",
        ),
    },
    Message {
        number: 504,
        name: "code_too_old",
        fault: Fault::Code,
        reason: text(
            "此码已生成{age_s}秒，本服务要求不超过{max_age_s}秒。",
            "The code is {age_s} s old; this service asks for one of at most {max_age_s} s.",
        ),
        holder: text(
            "请重新打开一码通，马上再扫。",
            "Please open the code again and scan it at once.",
        ),
        attendant: text(
            "请持卡人重新打开一码通后马上再扫；仍不行的，请改用实体社会保障卡办理。",
            "Have the code opened again and scanned at once; if that fails, serve them by \
             physical card.",
        ),
        operator: text(
            "多人都这样的，请核对扫码设备的时间和清单规定的秒数。",
            "If it happens to many, check the scanner's clock and the seconds that the \
             catalogue sets.",
        ),
    },
    Message {
        number: 505,
        name: "not_bound",
        fault: Fault::Code,
        reason: text(
            "“{application_zh}”需要专门为它生成的码。",
            "“{application_en}” takes only a code made for it.",
        ),
        holder: text(
            "请在手机应用中选择本服务项目，再出示新的码。",
            "Please choose this service in the app and show the new code.",
        ),
        attendant: text(
            "请帮持卡人在应用中选择本服务；不便操作的，请改用实体社会保障卡办理。",
            "Help them choose this service in the app, or serve them by physical card.",
        ),
        operator: text(
            "请核对清单是否要求专用码，以及手机应用的版本是否支持。",
            "Check that the catalogue asks for codes of its own here, and that the app's \
             version can make them.",
        ),
    },
    Message {
        number: 506,
        name: "bound_to_other",
        fault: Fault::Code,
        reason: text(
            "此码是为“{bound_to_zh}”生成的，这里是“{application_zh}”。",
            "The code was made for “{bound_to_en}”; this is “{application_en}”.",
        ),
        holder: text(
            "请在手机应用中返回一码通，或选择本服务项目，再出示新的码。",
            "Please go back to the everyday code in the app, or choose this service, and show \
             the new code.",
        ),
        attendant: text(
            "请帮持卡人换成本服务的码；不便操作的，请改用实体社会保障卡办理。",
            "Help them switch to a code for this service, or serve them by physical card.",
        ),
        operator: text(
            "多人都这样的，请核对扫码设备设置的服务项目号。",
            "If it happens to many, check which service this scanner is set to.",
        ),
    },
    Message {
        number: 507,
        name: "challenge_missing",
        fault: Fault::Code,
        reason: text(
            "此码没有回应扫码设备显示的核验码。",
            "The code does not answer the check code that this scanner shows.",
        ),
        holder: text(
            "请用手机应用扫描或输入设备显示的核验码，再出示新的码。",
            "Please scan or type the scanner's check code in the app, then show the new code.",
        ),
        attendant: text(
            "请帮持卡人扫描或输入核验码；不便操作的，请改用实体社会保障卡办理。",
            "Help them scan or type the check code, or serve them by physical card.",
        ),
        operator: text(
            "请核对核验码显示是否清楚，手机应用的版本是否支持。",
            "Check that the check code is shown clearly, and that the app's version can answer it.",
        ),
    },
    Message {
        number: 508,
        name: "challenge_wrong",
        fault: Fault::Code,
        reason: text(
            "此码回应的不是扫码设备现在的核验码。",
            "The code answers another check code than the one of this scanner now.",
        ),
        holder: text(
            "请重新扫描或输入设备现在显示的核验码，再出示新的码。",
            "Please scan or type the check code that the scanner shows now, then show the new \
             code.",
        ),
        attendant: text(
            "请持卡人按现在的核验码重做一次；仍不行的，请改用实体社会保障卡办理。",
            "Let them try again with the check code shown now; if that fails, serve them by \
             physical card.",
        ),
        operator: text(
            "多人都这样的，检查核验码是否更换太快，或是否显示了别的设备的核验码。",
            "If it happens to many, check whether the check code changes too soon or is \
             another scanner's.",
        ),
    },
    Message {
        number: 509,
        name: "delegate_not_allowed",
        fault: Fault::Rule,
        reason: text(
            "本服务须持卡人本人出示，不受理亲情卡（代他人出示）。",
            "This service needs the holder in person; a family card, shown by a relative, is \
             not taken here.",
        ),
        holder: text(
            "请持卡人本人出示，或出示您自己的码；需要代办的，请询问工作人员。",
            "Let the holder show it, or show your own code; if you act for somebody, please \
             ask the staff.",
        ),
        attendant: text(
            "请说明须本人办理；老人、儿童等本人不便的，按代办规定协助办理。",
            "Explain that it needs the holder; for the old, children and others, help by the \
             rules for acting for another.",
        ),
        operator: text(
            "本服务应允许亲情卡的，请应用项目清单的发布单位修改。",
            "If family cards should be taken here, have the publisher of the catalogue change it.",
        ),
    },
    Message {
        number: 510,
        name: "not_in_force",
        fault: Fault::Rule,
        reason: text(
            "“{application_zh}”现在不在受理期内。",
            "“{application_en}” is not in force at this time.",
        ),
        holder: text(
            "请询问工作人员受理时间或其他办法，或拨打12345热线。",
            "Please ask the staff, or the 12345 hotline, when it is in force or what else can \
             be done.",
        ),
        attendant: text(
            "请告知受理时间；正在受理期内的，请用实体社会保障卡办理并报修设备。",
            "Say when it is in force; if it should be now, serve by physical card and report \
             this scanner.",
        ),
        operator: text(
            "请核对扫码设备的时间，更新应用项目清单，再看本项目的起止时间。",
            "Check the scanner's clock, update the catalogue, then look at from when until \
             when it holds.",
        ),
    },
    Message {
        number: 511,
        name: "challenge_expired",
        fault: Fault::Code,
        reason: text(
            "此码回应的核验码已过时限。",
            "The code answers a check code whose time is over.",
        ),
        holder: text(
            "请重新扫描或输入设备现在显示的核验码，再出示新的码。",
            "Please scan or type the check code that the scanner shows now, then show the new \
             code.",
        ),
        attendant: text(
            "请让设备显示新的核验码，请持卡人再做一次。",
            "Have the scanner show a new check code and let them try again.",
        ),
        operator: text(
            "常常超时的，请放慢流程，或检查扫码设备的时间是否快了。",
            "If it happens often, allow more time, or check whether the scanner's clock is fast.",
        ),
    },
];
