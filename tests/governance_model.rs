//! The library beside a model of the rules: the same keys stolen and lost, the same documents
//! offered in any order, clocks and restarts. After each step both hold the same to be true.
//!
//! `PROPTEST_CASES` raises the number of cases.

mod practice;

mod governance_model {
    mod facts;
    mod make;
    mod model;
    mod run;
    mod steps;
    mod world;
}
