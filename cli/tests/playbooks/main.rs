//! The playbooks of `docs/OPERATIONS.md`, each run in a practice region with the commands of its page:
//! what is seen, what is done, and how one knows that it is over.

#[macro_use]
#[path = "../../../tests/say/mod.rs"]
mod say;

#[path = "../run/mod.rs"]
mod run;

mod gates;
mod keys;
mod lists;
mod night;

/// A playbook of the page without a test, or a test without a playbook, is found.
#[test]
fn each_playbook_of_the_page_is_a_test_here() {
    let page = include_str!("../../../docs/OPERATIONS.md");
    let named = page.lines().filter_map(|line| line.strip_prefix("Test: `")?.strip_suffix("`."));
    let here =
        [include_str!("gates.rs"), include_str!("keys.rs"), include_str!("lists.rs")].concat();
    let tests = here.split("#[test]\nfn ").skip(1).filter_map(|test| test.split('(').next());
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        names
    };
    let (named, tests) = (named.map(str::to_owned).collect(), tests.map(str::to_owned).collect());
    assert_eq!(sorted(named), sorted(tests));
}
