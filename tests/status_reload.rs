//! An issuer's server is restarted and goes on from what it has published.

use onecode::status::{ReloadError, Shard, StatusIssuer, StatusPublication, SHARD_POSITIONS};
use onecode::{Algorithm, SigningKey, SoftwareKey};

const NOW: i64 = 1_795_392_000;
const DAY: i64 = 86_400;

fn key() -> SoftwareKey {
    SoftwareKey::generate(Algorithm::Esp256).unwrap().key
}

fn at(issued_at_unix_s: i64) -> StatusPublication {
    StatusPublication { issued_at_unix_s, expires_unix_s: issued_at_unix_s + DAY, ttl_s: 3_600 }
}

fn reload<L: AsRef<[u8]>>(lists: &[L], key: &SoftwareKey) -> Result<StatusIssuer, ReloadError> {
    StatusIssuer::from_published("cn-31", lists, &[key.public_key()])
}

/// Two shards, the second one short; a publication and a delta after it.
fn history(key: &SoftwareKey) -> (Vec<Vec<u8>>, StatusIssuer) {
    let mut issuer = StatusIssuer::new("cn-31", SHARD_POSITIONS + 8);
    issuer.suspend(3).unwrap();
    issuer.revoke(SHARD_POSITIONS + 7).unwrap();
    let mut published = issuer.publish(at(NOW), key).unwrap();
    let earlier = issuer.clone();
    issuer.restore(3).unwrap();
    issuer.suspend(SHARD_POSITIONS).unwrap();
    published.push(issuer.publish_delta(&earlier, NOW, at(NOW + DAY), key).unwrap());
    (published, issuer)
}

#[test]
fn it_goes_on_where_it_was_and_its_next_delta_is_taken() {
    let key = key();
    let (published, before) = history(&key);
    // Long after all of it has expired.
    let mut issuer = reload(&published, &key).unwrap();
    assert_eq!(issuer.continues_unix_s(), Some(NOW + DAY));
    assert_eq!(issuer.positions(), u64::from(SHARD_POSITIONS) + 8);
    assert_eq!(issuer.shards(), before.shards());

    // Revoked stays revoked, and beyond the last position there is nothing.
    assert!(issuer.restore(SHARD_POSITIONS + 7).is_err());
    assert_eq!(issuer.status(SHARD_POSITIONS + 8), None);

    // The next delta continues what was published.
    let earlier = issuer.clone();
    issuer.suspend(9).unwrap();
    let from = issuer.continues_unix_s().unwrap();
    let delta = issuer.publish_delta(&earlier, from, at(NOW + 2 * DAY), &key).unwrap();
    let with_delta = [published, vec![delta]].concat();
    assert_eq!(reload(&with_delta, &key).unwrap().shards(), issuer.shards());

    // Several whole publications do as well, and keys that have been replaced.
    let next_key = self::key();
    let whole = issuer.publish(at(NOW + 3 * DAY), &next_key).unwrap();
    let all = [with_delta, whole].concat();
    let keys = [key.public_key(), next_key.public_key()];
    let again = StatusIssuer::from_published("cn-31", &all, &keys).unwrap();
    assert_eq!(again.shards(), issuer.shards());
    assert_eq!(again.continues_unix_s(), Some(NOW + 3 * DAY));
}

#[test]
fn a_new_issuer_continues_nothing() {
    assert_eq!(StatusIssuer::new("cn-31", 9).continues_unix_s(), None);
    assert_eq!(StatusIssuer::new("cn-31", 9).positions(), 12);
}

#[test]
fn what_it_was_not_is_refused_by_type() {
    let key = key();
    let (published, _) = history(&key);
    let [first, second, delta] = &published[..] else { panic!("{}", published.len()) };
    let fails = |lists: &[&Vec<u8>], key: &SoftwareKey| reload(lists, key).unwrap_err();

    assert_eq!(fails(&[], &key), ReloadError::NoList);
    assert_eq!(fails(&[first], &self::key()), ReloadError::NotSigned { at: 0 });
    assert_eq!(fails(&[delta, first, second], &key), ReloadError::DoesNotFollow { at: 0 });
    assert_eq!(fails(&[second], &key), ReloadError::Incomplete { number: 0 });
    // Changes for positions that one list alone does not have.
    for alone in [first, second] {
        let short = fails(&[alone, delta], &key);
        assert!(matches!(short, ReloadError::Unusable { at: 1, .. }), "{short:?}");
    }

    let mut damaged = second.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(fails(&[first, &damaged], &key), ReloadError::NotSigned { at: 1 });
    let cut = second[..second.len() - 1].to_vec();
    assert!(matches!(fails(&[first, &cut], &key), ReloadError::Unusable { at: 1, .. }));
    let found = "cn-32".to_owned();
    let other = &StatusIssuer::new("cn-32", 8).publish(at(NOW), &key).unwrap()[0];
    assert_eq!(fails(&[first, other], &key), ReloadError::OtherIssuer { at: 1, found });

    // One list of an earlier day among those of today, before it or after it.
    let (issued_at_unix_s, latest_unix_s) = (NOW, NOW + DAY);
    let today = StatusIssuer::new("cn-31", SHARD_POSITIONS + 8).publish(at(NOW + DAY), &key);
    let today = today.unwrap();
    let outdated = ReloadError::Outdated { number: 1, issued_at_unix_s, latest_unix_s };
    assert_eq!(fails(&[&today[0], second], &key), outdated);
    assert_eq!(fails(&[&today[0], &today[1], second], &key), ReloadError::DoesNotFollow { at: 2 });

    // A list that ends before the next one begins.
    let shards = vec![Shard::all_valid(8), Shard::all_valid(8)];
    let gap = StatusIssuer::from_shards("cn-31", shards).publish(at(NOW), &key).unwrap();
    assert_eq!(reload(&gap, &key).unwrap_err(), ReloadError::Incomplete { number: 0 });
}
