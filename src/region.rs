//! Administrative divisions: GB/T 2260 codes and the areas they span.
//!
//! Uses nothing else of the crate. Specification: GB/T 2260, docs/SPEC.md section 3.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An administrative division of China, by its six-digit GB/T 2260 code.
///
/// The code has three pairs of digits: province, prefecture, county. A pair `00` and all pairs
/// after it mean "the whole of it": 320000 is Jiangsu, 320500 is Suzhou, 320506 is Wuzhong in
/// Suzhou.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Region(u32);

/// A number is not a well-formed GB/T 2260 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} is not a six-digit GB/T 2260 code")]
pub struct RegionError {
    /// The number that was given.
    pub code: u32,
}

impl Region {
    /// Shanghai.
    pub const SHANGHAI: Region = Region(310_000);
    /// Jiangsu.
    pub const JIANGSU: Region = Region(320_000);
    /// Zhejiang.
    pub const ZHEJIANG: Region = Region(330_000);
    /// Anhui.
    pub const ANHUI: Region = Region(340_000);

    /// Checks the form of a six-digit code: a province pair from 11 to 82, and no county without
    /// a prefecture.
    ///
    /// Whether the division exists today is not checked. Divisions are renamed and merged every
    /// year, and a scanner must read a card from a new one without an update.
    pub fn new(code: u32) -> Result<Self, RegionError> {
        let (province, prefecture, county) = (code / 10_000, code / 100 % 100, code % 100);
        let well_formed = (11..=82).contains(&province) && (prefecture != 0 || county == 0);
        if well_formed {
            Ok(Region(code))
        } else {
            Err(RegionError { code })
        }
    }

    /// The six-digit code.
    pub fn code(self) -> u32 {
        self.0
    }

    /// The province, autonomous region or municipality this division lies in.
    pub fn province(self) -> Region {
        Region(self.0 / 10_000 * 10_000)
    }

    /// Whether `other` is this division or lies in it.
    pub fn contains(self, other: Region) -> bool {
        let span = match self.0 {
            code if code % 10_000 == 0 => 10_000,
            code if code % 100 == 0 => 100,
            _ => 1,
        };
        self.0 / span == other.0 / span
    }

    /// The code without trailing `00` pairs, as a credential carries it: 31, 3205 or 320506. This
    /// saves two or three bytes of every code on every screen.
    pub(crate) fn to_prefix(self) -> u32 {
        match self.0 {
            code if code % 10_000 == 0 => code / 10_000,
            code if code % 100 == 0 => code / 100,
            code => code,
        }
    }

    /// Reads what [`Region::to_prefix`] writes, and only that. 3200 is refused, because 32 is the
    /// only form.
    pub(crate) fn from_prefix(prefix: u64) -> Option<Region> {
        let code = match prefix {
            11..=82 => prefix * 10_000,
            1_100..=8_299 => prefix * 100,
            110_000..=829_999 => prefix,
            _ => return None,
        };
        let region = Region::new(u32::try_from(code).ok()?).ok()?;
        (u64::from(region.to_prefix()) == prefix).then_some(region)
    }
}

impl TryFrom<u32> for Region {
    type Error = RegionError;

    fn try_from(code: u32) -> Result<Self, RegionError> {
        Region::new(code)
    }
}

impl From<Region> for u32 {
    fn from(region: Region) -> u32 {
        region.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({:06})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_needs_six_digits_and_no_gap() {
        for code in [310_000, 320_500, 320_506, 110_101, 820_000] {
            assert_eq!(Region::new(code).unwrap().code(), code);
        }
        for code in [0, 31, 3_205, 100_000, 320_006, 830_000, 3_205_060] {
            assert_eq!(Region::new(code), Err(RegionError { code }));
        }
    }

    #[test]
    fn an_area_contains_what_its_digits_begin() {
        let suzhou = Region::new(320_500).unwrap();
        let wuzhong = Region::new(320_506).unwrap();
        assert!(Region::JIANGSU.contains(suzhou) && Region::JIANGSU.contains(wuzhong));
        assert!(suzhou.contains(wuzhong) && suzhou.contains(suzhou));
        assert!(!wuzhong.contains(suzhou) && !suzhou.contains(Region::JIANGSU));
        assert!(!Region::SHANGHAI.contains(suzhou));
        assert_eq!(wuzhong.province(), Region::JIANGSU);
    }

    #[test]
    fn the_prefix_has_one_form() {
        for (code, prefix) in [(310_000, 31), (320_500, 3_205), (320_506, 320_506)] {
            let region = Region::new(code).unwrap();
            assert_eq!(region.to_prefix(), prefix);
            assert_eq!(Region::from_prefix(u64::from(prefix)), Some(region));
        }
        for prefix in [0, 9, 3_200, 320_500, 310_000, 99, 9_999, u64::MAX] {
            assert_eq!(Region::from_prefix(prefix), None, "{prefix}");
        }
    }
}
