//! What a scanner keeps when it is switched off: a file that is always whole.
//!
//! Uses `files`.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use onecode::governance::Roots;
use onecode::{Policy, Scanner};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed, Held, Readers};

/// Largest state that is read, in bytes.
const MAX_STATE: u64 = 64 << 20;

/// A scanner that goes on where its state was kept, or a new one where none is to be kept.
pub(crate) fn scanner(
    roots: &Roots,
    file: Option<&Path>,
    policy: Policy,
) -> Result<Scanner, Failure> {
    let Some(file) = file else { return Ok(Scanner::new(roots.clone(), policy)) };
    let scanner = restore(file, policy)?;
    if let Err(differs) = scanner.roots().came_by(roots) {
        let (file, differs) = (file.display(), differs.said());
        warn!(
            "{file}：{differs}。状态里的继续有效；要改用所配置的，请用 `onecode roots begin-anew`，\
             用过的码不会忘记",
            "{file}: {differs}. Those of the state stay in force; `onecode roots begin-anew` puts \
             the configured ones in force, and forgets no used codes"
        );
    }
    Ok(scanner)
}

/// A scanner that goes on where its state was kept.
pub(crate) fn restore(file: &Path, policy: Policy) -> Result<Scanner, Failure> {
    let bytes = files::read_up_to(file, MAX_STATE)?;
    if bytes.is_empty() {
        return Err(failed(
            file,
            said!(
                "文件是空的，而闸机不会留下空文件。要重新开始，请把它移走；\
                 如果它是单独挂载的文件，请改为挂载它所在的文件夹",
                "it is empty, and no gate leaves it so. To begin anew it has to be moved away; \
                 where it was mounted as a single file, mount the folder that it is in"
            ),
        ));
    }
    Scanner::restore(&bytes, policy).map_err(|error| {
        failed(
            file,
            said!(
                "{error}。把这个文件移走，闸机就重新开始；那样最近几分钟的码会再次通过，\
                 比原来更旧的名单也会装入",
                "{error}. A gate begins anew when it is moved away, and then takes codes of the \
                 last minutes once more, and lists older than those it had",
                error = error.said()
            ),
        )
    })
}

/// A file that one running scanner uses, and no other.
pub(crate) fn hold(file: &Path) -> Result<Held, Failure> {
    files::try_hold(file)?.ok_or_else(|| {
        failed(
            file,
            said!(
                "另一个 onecode 正在使用这个文件。每台运行中的扫码设备要有自己的文件",
                "another onecode is using this file. Each running scanner needs files of its own"
            ),
        )
    })
}

/// The file, and what became of the last attempt to write it.
pub(crate) struct Keeper {
    file: PathBuf,
    _held: Held,
    is_new: bool,
    failing: bool,
    /// Whether it was said.
    said: bool,
    took: Duration,
    /// The last state that was written.
    kept: Rc<[u8]>,
}

impl Keeper {
    /// Takes up the state, where there is one yet, and keeps it from now on.
    pub(crate) fn take_up(
        roots: &Roots,
        file: PathBuf,
        policy: Policy,
    ) -> Result<(Scanner, Self), Failure> {
        let held = hold(&file)?;
        let is_new =
            matches!(file.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound);
        let scanner = scanner(roots, Some(&*file).filter(|_| !is_new), policy)?;
        let (failing, took) = (false, Duration::ZERO);
        let kept = scanner.snapshot().into();
        Ok((scanner, Keeper { file, _held: held, is_new, failing, said: false, took, kept }))
    }

    /// Puts the state on the disk before the gate opens: where that can never work, it is found out
    /// here and not when the first person has been let in.
    ///
    /// A disk that has become full is no reason to stay shut, when there is a state to go on from.
    /// A first one has to be there before any receipt is, or the chain could not go on.
    pub(crate) fn begin(&mut self, scanner: &Scanner) -> Result<(), Failure> {
        let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge];
        match self.write(scanner.snapshot()) {
            Err(error) if self.is_new || !full.contains(&error.kind()) => {
                let error = error.said();
                let text = said!("状态写不了：{error}", "the state cannot be written: {error}");
                Err(failed(&self.file, text))
            }
            // The gate says so when it opens.
            _ => Ok(()),
        }
    }

    /// Whether the last attempt failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing
    }

    /// How long it took to write last time: for so long it pays to wait for more to be written.
    pub(crate) fn took(&self) -> Duration {
        self.took
    }

    /// What the scanner knew when its state was last written.
    pub(crate) fn kept(&self) -> Rc<[u8]> {
        Rc::clone(&self.kept)
    }

    /// Puts a state on the disk. When that fails the old file is as it was, and one line says so;
    /// another one when it works again.
    pub(crate) fn keep(&mut self, snapshot: Vec<u8>) {
        let error = self.write(snapshot).err();
        let said = std::mem::replace(&mut self.said, error.is_some());
        let file = self.file.display();
        match error {
            Some(error) if !said => warn!(
                "{file}: 状态写不了：{error}。恢复之前，每码限用一次的服务不放行任何人",
                "{file}: the state cannot be written: {error}. Where a code is good once, nobody \
                 is let in until it can",
                error = error.said()
            ),
            None if said => warn!("{file}: 状态恢复写入", "{file}: the state is written again"),
            _ => {}
        }
    }

    /// The same without a word: whether there is room again. It may be enough for this state, and
    /// not for the next.
    pub(crate) fn try_again(&mut self, snapshot: Vec<u8>) {
        let _ = self.write(snapshot);
    }

    fn write(&mut self, snapshot: Vec<u8>) -> io::Result<()> {
        let began = Instant::now();
        let written = files::replace(&self.file, &snapshot, Readers::Owner);
        self.took = began.elapsed();
        self.failing = written.is_err();
        if written.is_ok() {
            self.kept = snapshot.into();
        }
        written
    }

    /// At the end: whether everything is on the disk.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        if self.failing {
            return Err(failed(
                &self.file,
                said!(
                    "最后的状态没有写入；请腾出磁盘空间",
                    "the last state was not written; free some space"
                ),
            ));
        }
        Ok(())
    }
}
