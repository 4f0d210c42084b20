//! `valetkey account import`

mod batch;
mod format;
mod lines;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::Context;
use crate::admin::{self, Failure, FailureKind, IMPORT_LINES_MAX, ImportLine, Request, Route};
use crate::config::Config;
use crate::output::{count, tell, text};
use batch::Batch;
use format::{Format, Told};
use lines::Lines;

#[derive(Args)]
pub(super) struct Import {
    /// The file to read; `-` for standard input
    file: PathBuf,
    /// How the file is written; without this it is guessed
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Look at every line and make nothing
    #[arg(long)]
    dry_run: bool,
}

/// What became of the lines so far.
#[derive(Default)]
struct Tally {
    made: u64,
    already_there: u64,
    refused: u64,
}

/// An import on its way.
struct Run<'a> {
    config: Config,
    options: &'a Import,
    bar: ProgressBar,
    tally: Tally,
    /// Lines since the last batch that cannot be read, told together with what the server refuses: in the order of the file.
    wrong: Vec<(u64, String)>,
}

/// Reads the file from its beginning, also when it was begun before: what is there already is skipped.
pub(super) fn run(context: &Context, options: &Import) -> Result<ExitCode, Failure> {
    let shown = shown(&options.file);
    let unreadable = |e: io::Error| Failure::usage(format!("{shown} cannot be read: {e}"));
    let (source, bytes) = open(&options.file).map_err(unreadable)?;
    let mut run =
        Run { config: context.config()?, options, bar: bar(bytes), tally: Tally::default(), wrong: Vec::new() };
    let outcome = run.read(Lines::new(BufReader::new(source)), unreadable);
    run.bar.finish_and_clear();
    let tally = run.tally;
    outcome.map_err(|failure| match failure.kind {
        FailureKind::Temporary if !options.dry_run => Failure::temporary(format!(
            "{}; {} made by then. Run the same command again: it goes on where it stopped",
            failure.message,
            count(&tally.made.into(), "account was", "accounts were")
        )),
        _ => failure,
    })?;
    let answer = json!({
        "made": tally.made, "already_there": tally.already_there, "refused": tally.refused, "dry_run": options.dry_run,
    });
    context.output.print(&answer, summary)?;
    Ok(if tally.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Run<'_> {
    fn read<R: Read>(
        &mut self,
        mut lines: Lines<BufReader<R>>,
        unreadable: impl Fn(io::Error) -> Failure,
    ) -> Result<(), Failure> {
        let mut reader = format::Reader::new(self.options.format, &self.options.file);
        let mut batch = Batch::default();
        while let Some(line) = lines.next().map_err(&unreadable)? {
            let bytes = line.bytes;
            match reader.read(&line)? {
                Told::Nothing => {}
                Told::Account(account) => batch.add(account, bytes),
                Told::Wrong(message) => self.wrong.push((line.number, message)),
            }
            self.bar.set_position(lines.bytes_read());
            if batch.is_full() || self.wrong.len() >= IMPORT_LINES_MAX {
                self.send(batch.take())?;
            }
        }
        self.send(batch.take())
    }

    fn send(&mut self, lines: Vec<ImportLine>) -> Result<(), Failure> {
        let asked = if lines.is_empty() { Ok(()) } else { self.ask(lines) };
        self.wrong.sort_unstable();
        for (number, message) in std::mem::take(&mut self.wrong) {
            self.tally.refused += 1;
            self.bar.suspend(|| tell(&format!("{}:{number}: {message}", shown(&self.options.file))));
        }
        asked?;
        self.bar.set_message(format!("{} made, {} there already", self.tally.made, self.tally.already_there));
        Ok(())
    }

    fn ask(&mut self, lines: Vec<ImportLine>) -> Result<(), Failure> {
        let request = Request::AccountImport { lines, rehearsal: self.options.dry_run };
        let answer = match admin::ask(&self.config, request, Route::ServerOrStore)? {
            Some(answer) => answer?,
            None => return Err(Failure::temporary("nobody answers")),
        };
        self.tally.made += answer["made"].as_u64().unwrap_or(0);
        self.tally.already_there += answer["already_there"].as_u64().unwrap_or(0);
        let refused = answer["refused"].as_array().into_iter().flatten();
        self.wrong.extend(refused.map(|one| (one["line"].as_u64().unwrap_or(0), text(&one["message"]))));
        Ok(())
    }
}

/// The file, and how long it is if that is known.
fn open(file: &Path) -> io::Result<(Box<dyn Read>, Option<u64>)> {
    if file == Path::new("-") {
        return Ok((Box::new(io::stdin().lock()), None));
    }
    let opened = File::open(file)?;
    let found = opened.metadata()?;
    Ok((Box::new(opened), found.is_file().then_some(found.len())))
}

fn shown(file: &Path) -> String {
    if file == Path::new("-") { "standard input".into() } else { file.display().to_string() }
}

/// At a terminal only: elsewhere nothing is drawn.
fn bar(bytes: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr());
    let template = match bytes {
        Some(_) => "{bar:40} {percent}% {msg}",
        None => "{spinner} {bytes} {msg}",
    };
    bar.with_style(ProgressStyle::with_template(template).expect("the template is one of the two above"))
}

fn summary(answer: &Value) -> String {
    let is_rehearsal = answer["dry_run"] == true;
    let made = if is_rehearsal { "would be made" } else { "made" };
    let next = match answer["refused"].as_u64() {
        Some(0) if is_rehearsal => " Run it without --dry-run to make them.",
        Some(0) => "",
        _ => " Correct these lines and run it again: what is there already is skipped.",
    };
    format!(
        "{} {made}, {} there already, {} refused.{next}",
        count(&answer["made"], "account", "accounts"),
        text(&answer["already_there"]),
        count(&answer["refused"], "line", "lines")
    )
}
