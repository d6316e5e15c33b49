//! A PostgreSQL: the one of `DATABASE_URL`, or one that is started for this run, as installed and with
//! its defaults.

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::books::execute;
use crate::Failed;

/// A database of its own on a server.
pub struct Postgres {
    pub url: String,
    name: String,
    server: String,
    /// Stopped after the database is dropped.
    _started: Option<Started>,
}

/// A server that was started here.
struct Started {
    programs: PathBuf,
    folder: PathBuf,
}

impl Postgres {
    /// `None` where there is none.
    pub fn open() -> Result<Option<Self>, Failed> {
        let (server, started) = match std::env::var("DATABASE_URL") {
            Ok(server) => (server, None),
            Err(_) => {
                let Some(programs) = programs() else { return Ok(None) };
                let (server, started) = Started::new(programs)?;
                (server, Some(started))
            }
        };
        let name = format!("onecode_load_{}", std::process::id());
        execute(&server, &[format!("CREATE DATABASE {name}")])?;
        let (base, _) = server.rsplit_once('/').ok_or("DATABASE_URL names no database")?;
        Ok(Some(Postgres { url: format!("{base}/{name}"), name, server, _started: started }))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = execute(&self.server, &[drop]) {
            eprintln!("{}: {error}", self.name);
        }
    }
}

/// Where `initdb` and `pg_ctl` are: on the path, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.extend(std::env::split_paths(&path));
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

impl Started {
    fn new(programs: PathBuf) -> Result<(String, Self), Failed> {
        let folder = std::env::temp_dir().join(format!("onecode_load_pg_{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let started = Started { programs, folder };
        if is_root() {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(&started.folder))?;
        }
        let data = started.folder.join("data");
        run(started.program("initdb").args(["-A", "trust", "-U", "onecode", "-D"]).arg(&data))?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let socket = started.folder.display();
        let options = format!("-p {port} -c listen_addresses=127.0.0.1 -k {socket}");
        let log = started.folder.join("log");
        let mut start = started.program("pg_ctl");
        start.args(["-w", "-o", &options, "-D"]).arg(&data).arg("-l").arg(log).arg("start");
        run(&mut start)?;
        Ok((format!("postgres://onecode@127.0.0.1:{port}/postgres"), started))
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["-m", "immediate", "-D"]).arg(self.folder.join("data")).arg("stop");
        if let Err(error) = run(&mut stop) {
            eprintln!("{error}");
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn run(command: &mut Command) -> Result<(), Failed> {
    let at = Path::new("/");
    let status = command.current_dir(at).stdout(Stdio::null()).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {status}").into())
    }
}
