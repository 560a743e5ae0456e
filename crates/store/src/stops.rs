//! The jobs that stop work: a row each, and one for each thing that they stop.
use lull_domain::id::JobId;
use lull_domain::job::{Item, Job};

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    INSERT: "storing a new job", "INSERT INTO jobs (id, version, done, body) VALUES ($1, $2, $3, $4)";
    LOCK: "taking a job", "UPDATE jobs SET locked = locked + 1 WHERE id = $1 RETURNING id";
    DONE: "ending a job", "UPDATE jobs SET done = 1 WHERE id = $1";
    ONE_JOB: "reading a job", "SELECT version, body FROM jobs WHERE id = $1";
    JOBS: "listing jobs", "SELECT version, body FROM jobs WHERE id < $1 ORDER BY id DESC LIMIT $2";
    PUT_ITEM: "storing what a job stops",
        "INSERT INTO job_items (job, number, version, done, body) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (job, number) DO UPDATE SET version = excluded.version, done = excluded.done, body = excluded.body";
    ITEM: "reading what a job stops", "SELECT number, version, body FROM job_items WHERE job = $1 AND number = $2";
    ITEMS: "reading all that a job stops", "SELECT number, version, body FROM job_items WHERE job = $1 ORDER BY number";
    LIVE: "reading what jobs still have to stop",
        "SELECT number, version, body, job FROM job_items WHERE done = 0 ORDER BY job, number LIMIT $1";
    LEFT: "finding whether a job still has something to stop",
        "SELECT number FROM job_items WHERE done = 0 AND job = $1 LIMIT 1";
}

/// Later than every id that can be.
const AFTER_ALL: &str = "job_~";

impl Tx<'_> {
    /// Stores a new job with all that it stops.
    pub fn insert_job(&mut self, job: &Job, items: &[Item]) -> Result<(), StoreError> {
        let done = items.iter().all(Item::is_done);
        let values = [job.id.to_string().into(), body::VERSION.into(), done.into(), body::written(job, job.id)?.into()];
        self.exec_one(INSERT, &values)?;
        items.iter().zip(0..).try_for_each(|(item, number)| self.write_item(job.id, number, item))
    }

    /// Takes the row of a job; whether there is one.
    pub fn lock_job(&mut self, id: JobId) -> Result<bool, StoreError> {
        Ok(self.first(LOCK, &[id.to_string().into()])?.is_some())
    }

    /// Stores one thing that a job stops; the job is over with the last. Whoever changes one has taken its job.
    pub fn put_job_item(&mut self, id: JobId, number: u64, item: &Item) -> Result<(), StoreError> {
        self.write_item(id, number, item)?;
        if self.first(LEFT, &[id.to_string().into()])?.is_none() {
            self.exec_one(DONE, &[id.to_string().into()])?;
        }
        Ok(())
    }

    fn write_item(&mut self, id: JobId, number: u64, item: &Item) -> Result<(), StoreError> {
        let written = body::written(item, id)?;
        let done = item.is_done().into();
        let values = [id.to_string().into(), number.into(), body::VERSION.into(), done, written.into()];
        self.exec_one(PUT_ITEM, &values)
    }

    /// One thing that a job stops.
    pub fn job_item(&mut self, id: JobId, number: u64) -> Result<Option<Item>, StoreError> {
        let row = self.first(ITEM, &[id.to_string().into(), number.into()])?;
        row.map(|row| item(&row, id).map(|(_, item)| item)).transpose()
    }

    /// A job, with all that it stops.
    pub fn job(&mut self, id: JobId) -> Result<Option<(Job, Vec<Item>)>, StoreError> {
        let Some(row) = self.first(ONE_JOB, &[id.to_string().into()])? else { return Ok(None) };
        let items = self.query(ITEMS, &[id.to_string().into()])?;
        let items: Result<Vec<_>, _> = items.iter().map(|row| item(row, id).map(|(_, item)| item)).collect();
        Ok(Some((job(&row)?, items?)))
    }

    /// A part of the list of jobs, newest first, at most so many. Going on after the last one of a page leaves none out and
    /// gives none twice, whatever is written in between.
    pub fn jobs(&mut self, after: Option<JobId>, limit: u32) -> Result<Vec<Job>, StoreError> {
        let after = after.map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string());
        self.query(JOBS, &[after.into(), Value::Int(i64::from(limit))])?.iter().map(job).collect()
    }

    /// What jobs still have to stop, oldest first, at most so many.
    pub fn live_job_items(&mut self, limit: u32) -> Result<Vec<(JobId, u64, Item)>, StoreError> {
        let rows = self.query(LIVE, &[Value::Int(i64::from(limit))])?;
        let read = |row: &Row| {
            let id: JobId = row.parsed(3)?;
            item(row, id).map(|(number, item)| (id, number, item))
        };
        rows.iter().map(read).collect()
    }
}

fn job(row: &Row) -> Result<Job, StoreError> {
    body::read(row.count(0)?, row.text(1)?, "job")
}

fn item(row: &Row, id: JobId) -> Result<(u64, Item), StoreError> {
    let number = row.count(0)?;
    Ok((number, body::read(row.count(1)?, row.text(2)?, format_args!("item {number} of {id}"))?))
}
