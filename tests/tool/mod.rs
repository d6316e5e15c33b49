//! OpenSSL 3, run as a command. Without it a test does nothing, and says so; with
//! `ONECODE_REQUIRE_TOOLS=1` it fails instead.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The tool, working in a directory of its own.
pub struct OpenSsl {
    pub directory: PathBuf,
}

impl OpenSsl {
    pub fn find(test: &str) -> Option<Self> {
        let version = Command::new("openssl").arg("version").output();
        let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        match version {
            Ok(version) if version.starts_with("OpenSSL 3") => {
                let name = format!("openssl-{test}-{}", std::process::id());
                let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
                fs::create_dir_all(&directory).unwrap();
                Some(OpenSsl { directory })
            }
            found => {
                let required = env::var_os("ONECODE_REQUIRE_TOOLS").is_some_and(|it| it == "1");
                assert!(!required, "OpenSSL 3 is required, found {found:?}");
                say!("SKIPPED: no openssl");
                None
            }
        }
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.directory.join(name), bytes).unwrap();
    }

    pub fn must(&self, arguments: &[&str]) {
        let (succeeded, said) = self.run(arguments);
        assert!(succeeded, "openssl {arguments:?}: {said}");
    }

    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output =
            Command::new("openssl").args(arguments).current_dir(&self.directory).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}
