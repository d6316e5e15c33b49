//! Tokens of SoftHSM 2 for tests: in a folder of their own, gone with it.
#![allow(dead_code)] // Each test uses its part.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where distributions put the driver.
const MODULES: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/// The PIN of every token that is made here.
pub const PIN: &str = "271828";

/// SoftHSM with a folder of its own.
pub struct SoftHsm {
    folder: PathBuf,
    pub module: PathBuf,
    /// What `SOFTHSM2_CONF` has to say.
    pub configuration: PathBuf,
    /// The file with the PIN.
    pub pin_file: PathBuf,
}

impl SoftHsm {
    /// In an empty folder; `None` where SoftHSM is not installed, which is said.
    pub fn new(folder: &Path) -> Option<Self> {
        let module = MODULES.iter().map(PathBuf::from).find(|module| module.is_file());
        let module =
            module.filter(|_| Command::new("softhsm2-util").arg("--version").output().is_ok());
        if module.is_none() {
            let is_required = std::env::var_os("ONECODE_REQUIRE_TOOLS").is_some();
            assert!(!is_required, "softhsm2 is required");
            say!("SKIPPED: no softhsm2");
        }
        let hsm = SoftHsm {
            folder: folder.to_owned(),
            module: module?,
            configuration: folder.join("softhsm2.conf"),
            pin_file: folder.join("pin"),
        };
        fs::create_dir_all(folder.join("tokens")).unwrap();
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            folder.join("tokens").display()
        );
        fs::write(&hsm.configuration, text).unwrap();
        hsm.secret_file("pin", PIN);
        Some(hsm)
    }

    /// A file that its owner alone can read.
    pub fn secret_file(&self, name: &str, line: &str) -> PathBuf {
        let file = self.folder.join(name);
        fs::write(&file, format!("{line}\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        file
    }

    /// A new token, made by SoftHSM's own tool.
    pub fn token(&self, label: &str) {
        let made = Command::new("softhsm2-util")
            .env("SOFTHSM2_CONF", &self.configuration)
            .args(["--init-token", "--free", "--label", label])
            .args(["--so-pin", "31415926", "--pin", PIN])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }

    /// The URI of a key, with the driver and the file with the PIN.
    pub fn uri(&self, key: &str) -> String {
        let pin = encoded(&self.pin_file);
        format!("{}&pin-source=file:{pin}", self.uri_without_pin(key))
    }

    pub fn uri_without_pin(&self, key: &str) -> String {
        format!("pkcs11:{key}?module-path={}", encoded(&self.module))
    }
}

/// A path as a URI has it.
pub fn encoded(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let bytes = path.to_str().unwrap().bytes();
    bytes.map(|b| if plain(b) { char::from(b).into() } else { format!("%{b:02x}") }).collect()
}
