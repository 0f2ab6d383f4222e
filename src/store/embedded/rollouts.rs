//! What some new sessions begin on instead of the current version, and what is counted of both, as SQL. Nothing here begins
//! or ends a transaction that writes: the writer does.

use rusqlite::{Connection, OptionalExtension};

use super::{Embedded, flows, history};
use crate::flow::{self, Version};
use crate::rollout::Rollout;
use crate::store::{Error, Note};

impl Embedded {
    pub(in crate::store) async fn roll_out(
        &self,
        (id, version): (&flow::Id, &Version),
        rollout: Option<&Rollout>,
        epoch: u64,
        note: &Note,
    ) -> Result<Option<u64>, Error> {
        let of = (id.clone(), version.clone());
        let (rollout, note) = (rollout.cloned(), note.clone());
        let work = move |db: &_| roll_out(db, &of, rollout.as_ref(), (epoch, &note));
        self.inner.writer.run(work).await
    }

    pub(in crate::store) async fn counts_of(
        &self,
        id: &flow::Id,
        version: &Version,
        what: &[String],
    ) -> Result<Vec<u64>, Error> {
        let (id, version, what) = (id.clone(), version.clone(), what.to_vec());
        self.inner.readers.run(move |db| counts_of(db, &id, &version, &what)).await
    }
}

/// What is current has changed, so there is nothing beside it any more.
pub(super) fn end(db: &Connection, id: &flow::Id) -> Result<(), Error> {
    db.prepare_cached("DELETE FROM rollouts WHERE id = ?1")?.execute([id.as_str()])?;
    Ok(())
}

fn roll_out(
    db: &Connection,
    (id, version): &(flow::Id, Version),
    rollout: Option<&Rollout>,
    (at, note): (u64, &Note),
) -> Result<Option<u64>, Error> {
    if flows::epoch(db)? != at {
        return Ok(None);
    }
    match rollout {
        None => end(db, id)?,
        Some(rollout) => {
            let insert = "INSERT INTO rollouts (id, rollout) VALUES (?1, ?2)
                          ON CONFLICT DO UPDATE SET rollout = excluded.rollout";
            db.prepare_cached(insert)?.execute((id.as_str(), history::written(rollout)?))?;
        }
    }
    history::publish(db, id, Some(version), note)?;
    flows::next_epoch(db)?;
    flows::epoch(db).map(Some)
}

fn counts_of(
    db: &Connection,
    id: &flow::Id,
    version: &Version,
    what: &[String],
) -> Result<Vec<u64>, Error> {
    let select = "SELECT count FROM usage WHERE flow = ?1 AND version = ?2 AND what = ?3";
    let mut statement = db.prepare_cached(select)?;
    let mut count = |what: &String| {
        let found = statement.query_row((id.as_str(), version.as_str(), what), |row| row.get(0));
        Ok(found.optional()?.unwrap_or(0))
    };
    what.iter().map(&mut count).collect()
}
