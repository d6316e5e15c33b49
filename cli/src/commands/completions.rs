//! `onecode completions`: what a shell needs to complete a line.
//!
//! Uses the description of the whole command, which it is given.

/// Print the completions for a shell.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  \
    onecode completions bash > ~/.local/share/bash-completion/completions/onecode")]
pub(crate) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completions {
    pub(crate) fn run(self, command: &mut clap::Command) {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "onecode", &mut script);
        out!("{}", String::from_utf8_lossy(&script));
    }
}
