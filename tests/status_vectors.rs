//! The lists that the Token Status List specification publishes, entry by entry.

use std::collections::BTreeMap;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::status::{pack, PackedStatuses, Shard, ShardError, Status};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/token-status-list.json")).unwrap()
}

fn number<T: TryFrom<u64>>(value: &Value) -> T
where
    T::Error: std::fmt::Debug,
{
    value.as_u64().unwrap().try_into().unwrap()
}

#[test]
fn each_entry_of_each_list_is_as_published() {
    let mut widths = Vec::new();
    for list in vectors()["lists"].as_array().unwrap() {
        let (bits, size): (u8, u32) = (number(&list["bits"]), number(&list["size"]));
        let set: BTreeMap<u32, u8> = (list["set"].as_array().unwrap().iter())
            .map(|pair| (number(&pair[0]), number(&pair[1])))
            .collect();
        let zlib = list["lst_base64url_zlib"].as_str().unwrap();
        let zlib = URL_SAFE_NO_PAD.decode(zlib).unwrap();

        let packed = PackedStatuses::inflate(bits, &zlib, 1 << 20).unwrap();
        assert_eq!(packed.len(), size);
        assert_eq!(packed.value(size), None);
        for position in 0..size {
            let expected = set.get(&position).copied().unwrap_or(0);
            assert_eq!(packed.value(position), Some(expected), "{bits} bits, {position}");
        }
        let not_zero = set.iter().map(|(&at, &value)| (at, value));
        let not_zero: Vec<_> = not_zero.filter(|&(_, value)| value != 0).collect();
        assert_eq!(packed.iter_not_zero().collect::<Vec<_>>(), not_zero);

        // The lists of more than one bit hold numbers that are no status of ours.
        match not_zero.iter().find(|&&(_, value)| value > 2) {
            Some(&(position, value)) => {
                let error = ShardError::UnknownStatus { position, value };
                assert_eq!(Shard::from_packed(&packed), Err(error));
            }
            None => {
                let shard = Shard::from_packed(&packed).unwrap();
                for position in 0..size {
                    let expected = set.get(&position).copied().unwrap_or(0);
                    let status = Status::try_from(expected).unwrap();
                    assert_eq!(shard.status(position), Some(status), "{position}");
                }
            }
        }
        widths.push(bits);
    }
    assert_eq!(widths, [1, 2, 4, 8]);
}

#[test]
fn short_examples_are_as_published_in_both_directions() {
    let vectors = vectors();
    let examples = vectors["short"].as_array().unwrap();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let bits: u8 = number(&example["bits"]);
        let statuses = example["statuses"].as_array().unwrap();
        let statuses: Vec<u8> = statuses.iter().map(number).collect();
        let hex = example["zlib_hex"].as_str().unwrap();
        let zlib: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();

        for zlib in [zlib, pack(bits, &statuses).unwrap()] {
            let packed = PackedStatuses::inflate(bits, &zlib, 3).unwrap();
            let values: Vec<u8> = (0..).map_while(|at| packed.value(at)).collect();
            assert_eq!(values, statuses);
        }
    }
}
