//! The classifier that ours has to beat: TF-IDF and a linear support vector machine of scikit-learn, in a Python that
//! has it, on the very same texts.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::data::{self, Row, Split};
use crate::intents::SEEDS;

/// What it reaches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) accuracy: f64,
    pub(crate) few: f64,
    pub(crate) auroc: f64,
    pub(crate) aside: Option<f64>,
}

/// Runs it on one data set; its texts are written below `folder` for that.
pub(crate) fn measure(
    python: &Path,
    folder: &Path,
    (split, aside): (&Split, &[String]),
) -> std::io::Result<Figures> {
    std::fs::create_dir_all(folder)?;
    let write = |name: &str, rows: &[Row]| std::fs::write(folder.join(name), lines(rows));
    write("train.tsv", &split.train)?;
    write("test.tsv", &split.test)?;
    for seed in SEEDS {
        write(&format!("few.{seed}.tsv"), &data::few(&split.train, 10, seed))?;
    }
    let outside = data::with_outside(split);
    write("outside.train.tsv", &outside.train)?;
    write("outside.test.tsv", &outside.test)?;
    write("outside.others.tsv", &outside.outside)?;
    let row = |text: &String| Row { intent: String::new(), text: text.clone() };
    write("aside.tsv", &aside.iter().map(row).collect::<Vec<_>>())?;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/understand/baseline.py");
    let run = Command::new(python).arg(script).arg(folder).stderr(Stdio::inherit()).output()?;
    let said = String::from_utf8_lossy(&run.stdout);
    let figures: Vec<f64> =
        said.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect();
    match figures.as_slice() {
        [accuracy, few, auroc, aside @ ..] => Ok(Figures {
            accuracy: *accuracy,
            few: *few,
            auroc: *auroc,
            aside: aside.first().copied(),
        }),
        _ => Err(std::io::Error::other(format!("the baseline said `{said}`"))),
    }
}

fn lines(rows: &[Row]) -> String {
    rows.iter().flat_map(|row| [&*row.intent, "\t", &*row.text, "\n"]).collect()
}
