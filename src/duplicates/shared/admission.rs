//! Whether a store may be used at all.

/// Why a store is not used. Codes are refused with 707 until it is set up otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// Its answer to `INFO` has no `maxmemory_policy` or no `role`.
    #[error("the answer to INFO lacks {0}")]
    Strange(&'static str),
    /// It may drop entries while they matter. Only `noeviction` is taken.
    #[error("maxmemory-policy is {policy}: used codes could be forgotten. Set it to noeviction")]
    Evicts {
        /// Its policy.
        policy: String,
    },
    /// It is a replica of another store, which has to be asked instead.
    #[error("it is a replica. Name the primary")]
    Replica,
}

pub(super) fn admit(info: &str) -> Result<(), NotAdmitted> {
    let field = |name: &'static str| {
        let of_line = |line: &'_ str| -> Option<String> {
            let (field, value) = line.trim_end().split_once(':')?;
            // Whatever stands there goes into one line of a log.
            let shown = value.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
            (field == name).then_some(shown)
        };
        info.lines().find_map(of_line).ok_or(NotAdmitted::Strange(name))
    };
    if field("role")? != "master" {
        return Err(NotAdmitted::Replica);
    }
    match field("maxmemory_policy")? {
        policy if policy == "noeviction" => Ok(()),
        policy => Err(NotAdmitted::Evicts { policy }),
    }
}
