//! A code changed by a reader, or by a program behind it: what to fix, by the change.

use super::fault::Fault;
use super::message::Message;
use super::shared::{SERVE_BY_CARD, SHOW_CARD_LIKELY};
use crate::language::{text, Text};
use crate::text::Alteration;

/// What people are told in place of the usual message 105, by the change. The names are those of
/// the fact `how`.
pub static ALTERED_MESSAGES: &[(Alteration, Message)] = &[
    altered(
        Alteration::ByteOrderMark,
        text(
            "这是一码通，但前面多了字节顺序标记（BOM）。",
            "This is a social security card code, but a byte order mark was put in front of it.",
        ),
        text(
            "检查传送文本的程序：不要在开头加 BOM。",
            "Check the program that passes the text on: it must not put a BOM in front.",
        ),
    ),
    altered(
        Alteration::LeadingSpace,
        text(
            "这是一码通，但前面多了空格。",
            "This is a social security card code, but white space was put in front of it.",
        ),
        text("在扫码头设置中取消前缀空格。", "Remove the prefix in the reader's settings."),
    ),
    at_the_desk(
        Alteration::LowerCase,
        text(
            "这是一码通，但大写字母变成了小写。",
            "This is a social security card code, but its capital letters became small ones.",
        ),
        text(
            "请关闭大写锁定（Caps Lock）再扫；仍不行的，改用实体社会保障卡办理，不得因此拒绝服务。",
            "Turn off Caps Lock and scan again. If that fails, serve them by physical card; do not \
             turn them away.",
        ),
        text(
            "关闭大写锁定；扫码头设为不转换大小写。",
            "Turn off Caps Lock, and set the reader to keep the case of letters.",
        ),
    ),
    altered(
        Alteration::DoubledPrefix,
        text(
            "这是一码通，但前缀 OC1 出现了两次。",
            "This is a social security card code, but its prefix stands there twice.",
        ),
        text("扫码头不要自行添加前缀。", "Set the reader to add no prefix."),
    ),
    altered(
        Alteration::TrailingControl,
        text(
            "这是一码通，但后面的回车或控制字符没有去掉。",
            "This is a social security card code, but a line end or control character was left \
             behind it.",
        ),
        text(
            "扫码头的后缀只设一个回车，程序收到后只去掉这一个行尾。",
            "Set the reader's suffix to Enter alone, and let the program take off that one line \
             end.",
        ),
    ),
    altered(
        Alteration::LeadingControl,
        text(
            "这是一码通，但前面多了控制字符，如 STX。",
            "This is a social security card code, but a control character such as STX was put in \
             front of it.",
        ),
        text(
            "在扫码头设置中关闭协议包头包尾，如 STX 和 ETX。",
            "Turn off packet framing, such as STX and ETX, in the reader's settings.",
        ),
    ),
    altered(
        Alteration::TrailingSpace,
        text(
            "这是一码通，但后面多了空格。",
            "This is a social security card code, but a space was put behind it.",
        ),
        text("在扫码头设置中取消后缀空格。", "Remove the suffix in the reader's settings."),
    ),
    altered(
        Alteration::InnerControl,
        text(
            "这是一码通，但中间多了换行或控制字符。",
            "This is a social security card code, but line ends or control characters got into it.",
        ),
        text(
            "检查传送文本的程序：不要折行，要用 UTF-8，不要用 UTF-16。",
            "Check the program that passes the text on: no wrapped lines, and UTF-8 instead of \
             UTF-16.",
        ),
    ),
    altered(
        Alteration::AimIdentifier,
        text(
            "这是一码通，但前面多了码制标识，如 ]Q1。",
            "This is a social security card code, but an AIM identifier such as ]Q1 was put in \
             front of it.",
        ),
        text(
            "在扫码头设置中关闭 AIM 码制标识（AIM ID）。",
            "Turn off AIM identifiers (AIM ID, code ID) in the reader's settings.",
        ),
    ),
    altered(
        Alteration::EciPrefix,
        text(
            "这是一码通，但前面多了 ECI 标识，如 \\000026。",
            "This is a social security card code, but an ECI designator such as \\000026 was put \
             in front of it.",
        ),
        text("在扫码头设置中关闭 ECI 输出。", "Turn off ECI output in the reader's settings."),
    ),
    altered(
        Alteration::AddedPrefix,
        text(
            "这是一码通，但前面多了别的内容。",
            "This is a social security card code, but something was put in front of it.",
        ),
        text(
            "在扫码头和程序中取消附加的前缀和码制名称，如 QR-Code。",
            "Remove prefixes and names of symbols, such as QR-Code, in the reader's settings and \
             in the program.",
        ),
    ),
    altered(
        Alteration::AddedSuffix,
        text(
            "这是一码通，但后面多了别的内容。",
            "This is a social security card code, but something was put behind it.",
        ),
        text(
            "在扫码头和程序中取消附加的后缀、分隔符和时间。",
            "Remove suffixes, separators and times in the reader's settings and in the program.",
        ),
    ),
    altered(
        Alteration::QuotationMarks,
        text(
            "这是一码通，但被加上了引号。",
            "This is a social security card code, but it was put in quotation marks.",
        ),
        text(
            "检查传送文本的程序：不要加引号。",
            "Check the program that passes the text on: it must not add quotation marks.",
        ),
    ),
    altered(
        Alteration::InvisibleCharacter,
        text(
            "这是一码通，但夹有看不见的字符。",
            "This is a social security card code, but characters that are not seen got into it.",
        ),
        text(
            "检查传送文本的程序：不要加零宽字符和方向标记，不要经过聊天软件或文档。",
            "Check the program that passes the text on: no zero-width characters or direction \
             marks, no detour by a chat or a document.",
        ),
    ),
    at_the_desk(
        Alteration::JoinedCodes,
        text(
            "两次扫描的一码通连在了一起。",
            "Two scans of a social security card code were joined into one.",
        ),
        AGAIN,
        text(
            "扫码头每次扫描后发一个回车，并关闭连续重复读码。",
            "Let the reader send Enter after each scan, and turn off repeated reading of one code.",
        ),
    ),
    at_the_desk(
        Alteration::BeginningLost,
        text(
            "这是一码通，但开头少了字符。",
            "This is a social security card code, but its first characters are missing.",
        ),
        AGAIN,
        text(
            "取消扫码头截去开头字符的设置；程序准备好输入后再扫。",
            "Turn off the removal of leading characters; the program must be ready for input \
             before the scan.",
        ),
    ),
    at_the_desk(
        Alteration::CutOff,
        text(
            "这是一码通，但没有收全，多半缺了末尾。",
            "This is a social security card code, but not all of it arrived; mostly the end is missing.",
        ),
        AGAIN,
        text(
            "扫码头的最大长度和程序的缓冲区都要容得下483个字符；漏字符的，加大按键间隔。",
            "The reader's length limit and the program's buffer must hold 483 characters; if keys get \
             lost, let it type more slowly.",
        ),
    ),
    at_the_desk(
        Alteration::KeyboardLayout,
        text(
            "这是一码通，但扫码头与电脑的键盘布局不一致。",
            "This is a social security card code, but reader and computer have different keyboard \
             layouts.",
        ),
        text(
            "请切换到英语（美国）键盘再扫；仍不行的，改用实体社会保障卡办理，不得因此拒绝服务。",
            "Switch to the English (US) keyboard and scan again. If that fails, serve them by \
             physical card; do not turn them away.",
        ),
        text(
            "把扫码头和电脑的键盘布局都设为英语（美国）。",
            "Set both the reader and the computer to the English (US) keyboard layout.",
        ),
    ),
    altered(
        Alteration::ShiftLost,
        text(
            "这是一码通，但传送时丢失了 Shift 键。",
            "This is a social security card code, but the Shift key was lost on the way.",
        ),
        text(
            "加大扫码头的按键间隔；用远程桌面的，改用串口方式。",
            "Make the reader type more slowly (inter-character delay); over a remote desktop, use \
             its serial mode.",
        ),
    ),
    at_the_desk(
        Alteration::FullWidth,
        text(
            "这是一码通，但输入法把字符变成了全角或中文标点。",
            "This is a social security card code, but an input method made full-width characters \
             of it.",
        ),
        text(
            "请切换到英文输入法再扫；仍不行的，改用实体社会保障卡办理，不得因此拒绝服务。",
            "Turn off the Chinese input method and scan again. If that fails, serve them by \
             physical card; do not turn them away.",
        ),
        text(
            "本机扫码时关闭中文输入法，只用英语（美国）键盘。",
            "At this computer, turn off the input method and use the English (US) keyboard alone.",
        ),
    ),
    altered(
        Alteration::OtherSpace,
        text(
            "这是一码通，但空格变成了别的空白字符。",
            "This is a social security card code, but its spaces became other space characters.",
        ),
        text(
            "检查传送文本的程序：空格要原样传送，不要经过网页或文档。",
            "Check the program that passes the text on: spaces stay as they are, no detour by a \
             page or a document.",
        ),
    ),
    altered(
        Alteration::SpacesLost,
        text(
            "这是一码通，但其中的空格都被去掉或变成了加号。",
            "This is a social security card code, but its spaces were removed or became plus signs.",
        ),
        text(
            "检查传送文本的程序：不要删除空格，不要按网页表单编码。",
            "Check the program that passes the text on: it must not remove or form-encode \
             spaces.",
        ),
    ),
    altered(
        Alteration::PlusToSpace,
        text(
            "这是一码通，但其中的加号变成了空格。",
            "This is a social security card code, but its plus signs became spaces.",
        ),
        text(
            "检查传送文本的程序：放进网址或表单之前先编码，加号才不会变成空格。",
            "Check the program that passes the text on: encode it before it goes into a URL or a \
             form, or plus becomes a space.",
        ),
    ),
    altered(
        Alteration::PercentEncoded,
        text(
            "这是一码通，但有字符被写成了 %20 这样的形式。",
            "This is a social security card code, but characters were written as %20 and the like.",
        ),
        text(
            "接收的程序要先做一次网址解码，再交给扫码设备。",
            "The program that receives the text must URL-decode it once before the scan.",
        ),
    ),
    altered(
        Alteration::PercentDecoded,
        text(
            "这是一码通，但其中的百分号被当作网址编码解掉了。",
            "This is a social security card code, but its percent signs were taken for URL \
             encoding.",
        ),
        text(
            "文本放进网址前要先编码，收到后只解码一次。",
            "Encode the text before it goes into a URL, and decode it only once.",
        ),
    ),
    altered(
        Alteration::Escaped,
        text(
            "这是一码通，但夹有转义用的反斜杠。",
            "This is a social security card code, but backslashes of an escape were left in it.",
        ),
        text(
            "接收的程序要用 JSON 等格式的解析库取出文本，不要直接截取。",
            "The program that receives the text must read it with a JSON library, not cut it out.",
        ),
    ),
    altered(
        Alteration::Hexadecimal,
        text(
            "这是一码通，但是以十六进制数字传来的。",
            "This is a social security card code, but it came in hexadecimal digits.",
        ),
        text(
            "在扫码头设置中关闭十六进制输出。",
            "Turn off hexadecimal output in the reader's settings.",
        ),
    ),
];

/// For the attendant, where the next scan may well succeed.
const AGAIN: Text = text(
    "请报修设备，请持卡人再扫一次；仍不行的，改用实体社会保障卡办理，不得因此拒绝服务。",
    "Report this scanner and let them try again. If that fails, serve them by physical card; do \
     not turn them away.",
);

const fn altered(how: Alteration, reason: Text, operator: Text) -> (Alteration, Message) {
    at_the_desk(how, reason, SERVE_BY_CARD, operator)
}

/// Where the attendant can fix it.
const fn at_the_desk(
    how: Alteration,
    reason: Text,
    attendant: Text,
    operator: Text,
) -> (Alteration, Message) {
    let message = Message {
        number: 105,
        name: "altered",
        fault: Fault::Scanner,
        reason,
        holder: SHOW_CARD_LIKELY,
        attendant,
        operator,
    };
    (how, message)
}
