//! Whatever comes, the answer is an error, and soon.

use proptest::prelude::*;

use crate::maker::NOW;
use crate::{apple, phone};

/// What is done to good evidence.
#[derive(Clone, Debug)]
enum Mutation {
    Flip { at: usize, with: u8 },
    Cut { at: usize },
    Insert { at: usize, byte: u8 },
    Remove { at: usize, count: usize },
    Repeat { at: usize, count: usize },
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<usize>();
    prop_oneof![
        4 => (at, 1..=255_u8).prop_map(|(at, with)| Mutation::Flip { at, with }),
        1 => at.prop_map(|at| Mutation::Cut { at }),
        1 => (at, any::<u8>()).prop_map(|(at, byte)| Mutation::Insert { at, byte }),
        1 => (at, 1..200_usize).prop_map(|(at, count)| Mutation::Remove { at, count }),
        1 => (at, 1..2_000_usize).prop_map(|(at, count)| Mutation::Repeat { at, count }),
    ]
}

fn mutate(evidence: &mut Vec<u8>, mutation: &Mutation) {
    let length = evidence.len().max(1);
    let within = |at: &usize| at % length;
    match mutation {
        Mutation::Flip { at, with } => {
            if let Some(byte) = evidence.get_mut(within(at)) {
                *byte ^= with;
            }
        }
        Mutation::Cut { at } => evidence.truncate(within(at)),
        Mutation::Insert { at, byte } => {
            evidence.insert(within(at).min(evidence.len()), *byte);
        }
        Mutation::Remove { at, count } => {
            let from = within(at).min(evidence.len());
            let to = (from + count).min(evidence.len());
            evidence.drain(from..to);
        }
        Mutation::Repeat { at, count } => {
            let from = within(at).min(evidence.len());
            let to = (from + count).min(evidence.len());
            let part = evidence[from..to].to_vec();
            evidence.splice(from..from, part);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_chain_of_android_is_refused(mutations in prop::collection::vec(mutation(), 1..5)) {
        thread_local! {
            static GOOD: (phone::Case, Vec<u8>, onecode_service::attestation::Verifier) = {
                // Without the root's own certificate: all of the rest is signed.
                let mut case = phone::Case::new();
                case.plans.pop();
                let (evidence, verifier) = (case.evidence(), case.verifier());
                (case, evidence, verifier)
            };
        }
        GOOD.with(|(case, good, verifier)| {
            let mut evidence = good.clone();
            mutations.iter().for_each(|mutation| mutate(&mut evidence, mutation));
            let answer = verifier.check(&evidence, &case.key, &case.challenge, NOW);
            prop_assert_eq!(answer.is_ok(), evidence == *good);
            Ok(())
        })?;
    }

    #[test]
    fn a_mutated_object_of_apple_is_refused_unless_the_receipt_alone_changed(
        mutations in prop::collection::vec(mutation(), 1..5),
    ) {
        thread_local! {
            static GOOD: (apple::Case, Vec<u8>, onecode_service::attestation::Verifier) = {
                let case = apple::Case::new();
                let (evidence, verifier) = (case.evidence(), case.verifier());
                (case, evidence, verifier)
            };
        }
        GOOD.with(|(case, good, verifier)| {
            let mut evidence = good.clone();
            mutations.iter().for_each(|mutation| mutate(&mut evidence, mutation));
            let answer = verifier.check(&evidence, &case.key, &case.challenge, NOW);
            let receipt = good.windows(9).position(|it| it == b"a receipt").unwrap();
            let same = evidence.len() == good.len()
                && evidence[..receipt] == good[..receipt]
                && evidence[receipt + 9..] == good[receipt + 9..];
            prop_assert_eq!(answer.is_ok(), same);
            Ok(())
        })?;
    }

    #[test]
    fn garbage_is_refused(garbage in prop::collection::vec(any::<u8>(), 0..600), first in 0..4_usize) {
        let (case, verifier) = {
            thread_local! {
                static VERIFIER: std::rc::Rc<(phone::Case, onecode_service::attestation::Verifier)> = {
                    let case = phone::Case::new();
                    let verifier = case.verifier();
                    std::rc::Rc::new((case, verifier))
                };
            }
            let shared = VERIFIER.with(std::rc::Rc::clone);
            (shared.clone(), shared)
        };
        let first: &[u8] = [&[][..], &[0x30, 0x82, 2, 0], &[0x30, 0x80], &[0xa3, 0x63]][first];
        let evidence = [first, &garbage].concat();
        prop_assert!(verifier.1.check(&evidence, &case.0.key, &case.0.challenge, NOW).is_err());
    }
}
