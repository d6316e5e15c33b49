//! `onecode-service FILE`: runs the service that the file configures, until SIGTERM or Ctrl-C.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use onecode_operations::Supervisor;
use onecode_service::clock::Clock;
use onecode_service::config::Config;
use tokio::signal::unix::{signal, SignalKind};

const USAGE: &str = "usage: onecode-service CONFIG.toml";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(file), None) = (arguments.next(), arguments.next()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    // Facts of requests only: no token, no code, no name is handed to it.
    tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO).init();
    match hear_signals().and_then(|()| run(PathBuf::from(file))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("onecode-service: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A process inherits which signals are blocked, and some supervisors and shells block the one that
/// ends it. Before there are other threads, which inherit it in turn.
fn hear_signals() -> Result<(), Box<dyn std::error::Error>> {
    let ours: SigSet = [Signal::SIGTERM, Signal::SIGINT].into_iter().collect();
    Ok(ours.thread_unblock()?)
}

#[tokio::main]
async fn run(file: PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::read(&file)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let running = onecode_service::start(config, Clock::system()).await?;
    // For whoever started it, and for tests: the port may have been left to the system.
    println!("listening {}", running.address);
    let mut supervisor = Supervisor::of_environment();
    supervisor.ready();
    let mut beat = tokio::time::interval(supervisor.beat().unwrap_or(Duration::from_secs(3_600)));
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = beat.tick() => supervisor.alive(),
        }
    }
    supervisor.stopping();
    running.end().await?;
    Ok(())
}
