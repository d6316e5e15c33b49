//! The service as a process of its own, with the keys and the configuration of a practice region.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use onecode::{Algorithm, SoftwareKey};

use crate::Failed;

/// One service that runs.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

/// Writes the keys and the configuration; where the configuration is.
pub fn configure(folder: &Path, database: &str, positions: u32) -> Result<PathBuf, Failed> {
    for name in ["cards", "status"] {
        let generated = SoftwareKey::generate(Algorithm::Esp256)?;
        let pem = onecode_keystore::pem::write_private(&generated.pkcs8)?;
        std::fs::write(folder.join(format!("{name}.pem")), pem.as_bytes())?;
    }
    // Everything comes from one address: the rates of persons are not what is measured. Each minute
    // it publishes, so that this is in the figures.
    let text = format!(
        r#"
        mode = "practice"
        issuer = "cn-31"
        listen = "127.0.0.1:0"
        public_url = "http://127.0.0.1"
        [keys]
        cards = "cards.pem"
        status = "status.pem"
        [books]
        database = "{database}"
        positions = {positions}
        [publish]
        folder = "published"
        delta_every_s = 60
        [limits]
        per_minute = 1000000
        "#
    );
    let file = folder.join("service.toml");
    std::fs::write(&file, text)?;
    Ok(file)
}

impl Process {
    /// Starts the binary beside this one. Its log goes into a file, as an operator's does.
    pub fn start(config: &Path) -> Result<Self, Failed> {
        let program = std::env::current_exe()?.with_file_name("onecode-service");
        if !program.exists() {
            let program = program.display();
            return Err(format!("{program} is missing: build onecode-service first").into());
        }
        let log = config.with_file_name("service.log");
        let output = File::create(&log)?;
        let errors = output.try_clone()?;
        let child = Command::new(program).arg(config).stdout(output).stderr(errors).spawn()?;
        let mut process = Process { child, address: ([127, 0, 0, 1], 0).into() };
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            let text = std::fs::read_to_string(&log)?;
            // The last line may be half there.
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            if let Some(address) = whole.lines().find_map(|it| it.strip_prefix("listening ")) {
                process.address = address.parse()?;
                return Ok(process);
            }
            if process.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let text = std::fs::read_to_string(&log)?;
        Err(format!("the service did not start: {text}").into())
    }

    /// The memory that it holds (RSS), in bytes; 0 where there is no `/proc`.
    pub fn memory(&self) -> u64 {
        let pages = self.proc("statm").split(' ').nth(1).and_then(|pages| pages.parse().ok());
        pages.unwrap_or(0_u64) * 4_096
    }

    /// The processor time that it has used.
    pub fn processor_time(&self) -> Duration {
        let stat = self.proc("stat");
        // The name may have spaces: fields are counted from behind it. 100 ticks a second.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks = fields.split(' ').skip(12).take(2).filter_map(|it| it.parse::<u64>().ok());
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap_or_default()
    }

    /// SIGTERM, and waits.
    pub fn end(mut self) -> Result<(), Failed> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the service ended with {status}").into())
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
