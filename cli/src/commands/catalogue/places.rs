//! What areas are called. A table: GB/T 2260 names of the four provinces, their prefectures, the
//! districts of Shanghai and the counties of the demonstration zone.
//!
//! Uses `words`. Divisions are renamed and merged; an area that is not here is said by its code,
//! with the name of what it lies in.

use onecode::{Language, Region};

use super::words::Spoken;

/// Sorted by code.
const NAMES: &[(u32, &str, &str)] = &[
    (310_000, "上海市", "Shanghai"),
    (310_101, "黄浦区", "Huangpu"),
    (310_104, "徐汇区", "Xuhui"),
    (310_105, "长宁区", "Changning"),
    (310_106, "静安区", "Jing'an"),
    (310_107, "普陀区", "Putuo"),
    (310_109, "虹口区", "Hongkou"),
    (310_110, "杨浦区", "Yangpu"),
    (310_112, "闵行区", "Minhang"),
    (310_113, "宝山区", "Baoshan"),
    (310_114, "嘉定区", "Jiading"),
    (310_115, "浦东新区", "Pudong"),
    (310_116, "金山区", "Jinshan"),
    (310_117, "松江区", "Songjiang"),
    (310_118, "青浦区", "Qingpu"),
    (310_120, "奉贤区", "Fengxian"),
    (310_151, "崇明区", "Chongming"),
    (320_000, "江苏省", "Jiangsu"),
    (320_100, "南京市", "Nanjing"),
    (320_200, "无锡市", "Wuxi"),
    (320_300, "徐州市", "Xuzhou"),
    (320_400, "常州市", "Changzhou"),
    (320_500, "苏州市", "Suzhou"),
    (320_509, "吴江区", "Wujiang"),
    (320_600, "南通市", "Nantong"),
    (320_700, "连云港市", "Lianyungang"),
    (320_800, "淮安市", "Huai'an"),
    (320_900, "盐城市", "Yancheng"),
    (321_000, "扬州市", "Yangzhou"),
    (321_100, "镇江市", "Zhenjiang"),
    (321_200, "泰州市", "Taizhou"),
    (321_300, "宿迁市", "Suqian"),
    (330_000, "浙江省", "Zhejiang"),
    (330_100, "杭州市", "Hangzhou"),
    (330_200, "宁波市", "Ningbo"),
    (330_300, "温州市", "Wenzhou"),
    (330_400, "嘉兴市", "Jiaxing"),
    (330_421, "嘉善县", "Jiashan"),
    (330_500, "湖州市", "Huzhou"),
    (330_600, "绍兴市", "Shaoxing"),
    (330_700, "金华市", "Jinhua"),
    (330_800, "衢州市", "Quzhou"),
    (330_900, "舟山市", "Zhoushan"),
    (331_000, "台州市", "Taizhou"),
    (331_100, "丽水市", "Lishui"),
    (340_000, "安徽省", "Anhui"),
    (340_100, "合肥市", "Hefei"),
    (340_200, "芜湖市", "Wuhu"),
    (340_300, "蚌埠市", "Bengbu"),
    (340_400, "淮南市", "Huainan"),
    (340_500, "马鞍山市", "Ma'anshan"),
    (340_600, "淮北市", "Huaibei"),
    (340_700, "铜陵市", "Tongling"),
    (340_800, "安庆市", "Anqing"),
    (341_000, "黄山市", "Huangshan"),
    (341_100, "滁州市", "Chuzhou"),
    (341_200, "阜阳市", "Fuyang"),
    (341_300, "宿州市", "Suzhou"),
    (341_500, "六安市", "Lu'an"),
    (341_600, "亳州市", "Bozhou"),
    (341_700, "池州市", "Chizhou"),
    (341_800, "宣城市", "Xuancheng"),
];

/// An area by its own name, with what it lies in where that is not obvious.
fn name(area: Region, language: Language) -> String {
    let found = |code: u32| {
        let at = NAMES.binary_search_by_key(&code, |(code, ..)| *code).ok()?;
        let (_, zh, en) = NAMES.get(at)?;
        Some(match language {
            Language::Zh => *zh,
            Language::En => *en,
        })
    };
    let code = area.code();
    // A county is said with its prefecture. Shanghai has districts and no prefectures.
    let around = found(code / 100 * 100).filter(|_| !code.is_multiple_of(100));
    match (found(code), around, language) {
        (Some(name), None, _) => name.to_owned(),
        (Some(name), Some(around), Language::Zh) => format!("{around}{name}"),
        (Some(name), Some(around), Language::En) => format!("{name} in {around}"),
        (None, Some(around), Language::Zh) => format!("{around}的 {code} 地区"),
        (None, Some(around), Language::En) => format!("area {code} of {around}"),
        (None, None, Language::Zh) => format!("{code} 地区"),
        (None, None, Language::En) => format!("area {code}"),
    }
}

/// Areas as people name them: province by province, in the order of their codes. What lies in
/// another area that is there as well is not said.
pub(super) struct Areas<'a>(pub(super) &'a [Region]);

impl Spoken for Areas<'_> {
    fn spoken(&self, language: Language) -> String {
        let mut areas = self.0.to_vec();
        areas.sort_unstable();
        areas.dedup();
        let whole: Vec<Region> = areas
            .iter()
            .copied()
            .filter(|area| !areas.iter().any(|other| other != area && other.contains(*area)))
            .collect();
        let mixed = whole.iter().any(|area| *area != area.province());
        let parts = whole.chunk_by(|a, b| a.province() == b.province()).map(|areas| {
            let province = areas.first().map(|area| name(area.province(), language));
            let province = province.unwrap_or_default();
            if areas.first().is_some_and(|area| *area == area.province()) {
                return match (mixed, language) {
                    (false, _) => province,
                    (true, Language::Zh) => format!("{province}全境"),
                    (true, Language::En) => format!("all of {province}"),
                };
            }
            let names: Vec<String> = areas.iter().map(|area| name(*area, language)).collect();
            match language {
                Language::Zh => format!("{province}：{}", names.join("、")),
                Language::En => format!("{province}: {}", names.join(", ")),
            }
        });
        let parts: Vec<String> = parts.collect();
        match (language, mixed) {
            (Language::Zh, false) => parts.join("、"),
            (Language::Zh, true) => parts.join("；"),
            (Language::En, false) => parts.join(", "),
            (Language::En, true) => parts.join("; "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(codes: &[u32]) -> [String; 2] {
        let areas: Vec<Region> = codes.iter().map(|code| Region::new(*code).unwrap()).collect();
        [Language::Zh, Language::En].map(|language| Areas(&areas).spoken(language))
    }

    #[test]
    fn the_table_is_sorted_and_each_code_is_one() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(NAMES.iter().all(|(code, ..)| Region::new(*code).is_ok()));
    }

    #[test]
    fn areas_are_said_province_by_province() {
        for (codes, zh, en) in [
            (&[310_000, 320_000][..], "上海市、江苏省", "Shanghai, Jiangsu"),
            (
                &[330_421, 320_509, 310_000, 320_100],
                "上海市全境；江苏省：南京市、苏州市吴江区；浙江省：嘉兴市嘉善县",
                "all of Shanghai; Jiangsu: Nanjing, Wujiang in Suzhou; Zhejiang: Jiashan in Jiaxing",
            ),
            // What is not in the table, and what lies in another area.
            (&[310_000, 310_118], "上海市", "Shanghai"),
            (&[310_118], "上海市：青浦区", "Shanghai: Qingpu"),
            (&[320_506], "江苏省：苏州市的 320506 地区", "Jiangsu: area 320506 of Suzhou"),
            (&[110_101], "110000 地区：110101 地区", "area 110000: area 110101"),
            (&[], "", ""),
        ] {
            assert_eq!(said(codes), [zh, en], "{codes:?}");
        }
    }
}
