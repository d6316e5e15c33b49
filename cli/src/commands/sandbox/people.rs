//! Who lives in the practice region: a card for each thing that a gate may meet.
//!
//! A table, and nothing that uses it.

/// A card of the region and what is the matter with it.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) zh: &'static str,
    /// What there is to know, in Chinese; `en` has it in English, behind the name.
    pub(super) about_zh: &'static str,
    pub(super) en: &'static str,
    pub(super) phone: &'static str,
    pub(super) issuer: &'static str,
    pub(super) region: u32,
    pub(super) bits: &'static [u8],
    pub(super) what: What,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum What {
    Ordinary,
    Suspended,
    Revoked,
    Expired,
    Specimen,
    Delegate,
    /// The issuer signs it anew each day, so that it speaks for itself.
    Confirmed,
}

const fn person(
    name: &'static str,
    [zh, about_zh, en, phone]: [&'static str; 4],
    issuer: &'static str,
    region: u32,
    bits: &'static [u8],
    what: What,
) -> Person {
    Person { name, zh, about_zh, en, phone, issuer, region, bits, what }
}

/// Everything but the subsidy account.
const ALL: &[u8] = &[0, 1, 2, 3, 4, 5, 6];

pub(super) const PEOPLE: [Person; 13] = [
    person(
        "lin-yue",
        [
            "林月",
            "上海，功能齐全，已办异地就医备案",
            "Lin Yue, Shanghai: everything, off-site filing too",
            "lin-yue",
        ],
        "cn-31",
        310_000,
        ALL,
        What::Ordinary,
    ),
    person(
        "zhou-guilan",
        [
            "周桂兰",
            "林月的母亲；亲情卡，在林月的手机里",
            "Zhou Guilan, Lin Yue's mother: a family card in Lin Yue's phone",
            "lin-yue",
        ],
        "cn-31",
        310_000,
        ALL,
        What::Delegate,
    ),
    person(
        "wang-fang",
        ["王芳", "上海，没有异地就医备案", "Wang Fang, Shanghai: no off-site filing", "wang-fang"],
        "cn-31",
        310_000,
        &[0, 1, 2, 3, 4, 6],
        What::Ordinary,
    ),
    person(
        "chen-jie",
        [
            "陈洁",
            "苏州，发卡机构今天重新签发",
            "Chen Jie, Suzhou: signed anew today by the issuer",
            "chen-jie",
        ],
        "cn-32",
        320_500,
        ALL,
        What::Confirmed,
    ),
    person(
        "zhang-wei",
        ["张伟", "南京，已挂失", "Zhang Wei, Nanjing: reported lost, suspended", "zhang-wei"],
        "cn-32",
        320_100,
        ALL,
        What::Suspended,
    ),
    person(
        "shi-fan",
        [
            "示范卡",
            "演练用卡，正式服务不受理",
            "A practice card, which no live service takes",
            "shi-fan",
        ],
        "cn-32",
        320_000,
        ALL,
        What::Specimen,
    ),
    person(
        "liu-yang",
        [
            "刘洋",
            "杭州，只开通了交通和图书馆",
            "Liu Yang, Hangzhou: transit and library only",
            "liu-yang",
        ],
        "cn-33",
        330_100,
        &[0, 1],
        What::Ordinary,
    ),
    person(
        "zhao-min",
        ["赵敏", "宁波，已注销", "Zhao Min, Ningbo: cancelled, revoked", "zhao-min"],
        "cn-33",
        330_200,
        ALL,
        What::Revoked,
    ),
    person(
        "yang-li",
        [
            "杨丽",
            "嘉兴的农民，有补贴账户",
            "Yang Li, a farmer of Jiaxing: subsidy account",
            "yang-li",
        ],
        "cn-33",
        330_400,
        &[0, 3, 4, 6, 7],
        What::Ordinary,
    ),
    person(
        "sun-hao",
        [
            "孙浩",
            "湖州，孩子的卡，在家长的手机里",
            "Sun Hao, Huzhou: a child's card in a parent's phone",
            "yang-li",
        ],
        "cn-33",
        330_500,
        &[0, 1, 2, 4],
        What::Delegate,
    ),
    person(
        "huang-lei",
        ["黄磊", "合肥，功能齐全", "Huang Lei, Hefei: everything", "huang-lei"],
        "cn-34",
        340_100,
        ALL,
        What::Ordinary,
    ),
    person(
        "xu-na",
        ["徐娜", "芜湖，卡凭证昨天到期", "Xu Na, Wuhu: the credential expired yesterday", "xu-na"],
        "cn-34",
        340_200,
        ALL,
        What::Expired,
    ),
    person(
        "wu-qiang",
        [
            "吴强",
            "黄山的学生，只开通了图书馆",
            "Wu Qiang, Huangshan: a student with a library card",
            "wu-qiang",
        ],
        "cn-34",
        341_000,
        &[1],
        What::Ordinary,
    ),
];
