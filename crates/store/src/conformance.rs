//! The suite that every engine passes: what the store promises, whatever lies beneath.
//!
//! [`conformance!`](crate::conformance!) makes one test of each case; what an engine brings is a [`Database`].
use std::process::Command;
use std::sync::Arc;

use crate::error::StoreError;
use crate::store::{Boxed, Options, Store};

pub mod calendars;
pub mod drains;
pub mod durable;
pub mod engagements;
pub mod feeds;
pub mod gate;
pub mod idempotency;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod log;
pub mod maintenances;
pub mod passes;
pub mod sample;
pub mod schema;
pub mod series;
pub mod stops;
pub mod traffic;

/// A database of an engine, empty and made for one case.
pub trait Database: Send + Sync {
    /// Opens it; the same one each time.
    fn open(&self, options: Options) -> Boxed<Result<Store, StoreError>>;

    /// Runs a statement past the store, as whoever has the database in his hands could.
    fn meddle(&self, sql: &str);

    /// A program that opens it and ends in [`durable::write_until_killed`].
    fn writer(&self) -> Command;
}

/// How a case ends, when no assertion ended it before.
pub type Outcome = Result<(), StoreError>;

/// Runs a case on a runtime of its own.
///
/// # Panics
/// Where the engine fails it.
pub fn run<C, F>(case: C, database: impl Database + 'static)
where
    C: FnOnce(Arc<dyn Database>) -> F,
    F: Future<Output = Outcome>,
{
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(4).enable_all().build().expect("a runtime needs no more than threads");
    if let Err(error) = runtime.block_on(case(Arc::new(database))) {
        panic!("{}", error.in_full());
    }
}

/// One test of each case, on a database that the expression makes.
#[macro_export]
macro_rules! conformance {
    ($database:expr) => {
        $crate::conformance! { @cases $database;
            durable::what_was_acknowledged_is_there_after_reopening,
            durable::what_was_acknowledged_survives_a_kill,
            jobs::of_64_orders_at_a_time_none_is_lost,
            jobs::a_failing_job_takes_nothing_with_it,
            jobs::a_job_is_refused_in_its_own_words,
            jobs::a_panic_in_a_job_is_an_error_of_its_caller_alone,
            jobs::a_reader_sees_one_state_while_others_write,
            jobs::a_reader_cannot_write,
            jobs::each_order_sees_the_one_before_it_whatever_the_group,
            log::the_log_has_no_gap_and_one_order,
            log::a_row_that_was_tampered_with_is_found,
            log::nobody_sees_an_entry_without_the_one_before_it,
            log::the_log_wakes_whoever_waits_for_it,
            log::entries_are_found_by_what_they_concern,
            log::an_entry_reads_back_as_it_was_appended,
            log::epochs_are_given_once,
            maintenances::a_maintenance_reads_back_as_it_was_written,
            maintenances::what_is_in_progress_is_found,
            maintenances::what_is_due_is_found_in_its_order,
            maintenances::a_list_goes_on_where_it_ended_whatever_is_written,
            maintenances::a_list_is_filtered_by_status_roots_and_text,
            maintenances::a_draft_that_is_deleted_is_gone,
            maintenances::the_epoch_of_a_maintenance_is_kept,
            maintenances::what_cannot_be_read_is_named,
            series::a_series_reads_back_and_is_found_when_it_is_due,
            series::an_occurrence_is_made_once,
            limits::a_limit_reads_back_until_it_is_taken_away,
            engagements::an_engagement_reads_back_at_every_stage,
            engagements::what_is_held_or_owed_is_found_by_its_maintenance,
            engagements::a_free_engagement_keeps_its_numbers,
            engagements::of_64_holds_at_a_time_none_is_lost,
            engagements::paid_receipts_are_archived,
            engagements::a_claim_is_kept_until_it_runs_out,
            drains::what_is_waited_for_reads_back_until_nobody_waits,
            stops::a_job_is_over_with_the_last_thing_that_it_stops,
            gate::what_changed_since_an_epoch_is_found,
            gate::an_enforcer_is_known_until_it_is_forgotten,
            gate::what_not_every_enforcer_has_is_found,
            keys::a_target_reads_back_and_its_place_is_its_own,
            keys::a_token_is_found_by_its_hash,
            keys::a_token_is_good_until_it_expires_or_is_revoked,
            passes::a_link_is_opened_once,
            passes::of_64_who_open_a_link_one_gets_in,
            passes::a_pass_is_forgotten_some_time_after_its_end,
            passes::a_pass_is_ended_once,
            calendars::a_calendar_reads_back_as_it_was_written,
            calendars::a_calendar_that_is_due_is_fetched_by_one,
            feeds::a_feed_is_found_by_its_secret_until_it_is_deleted,
            feeds::an_import_is_found_by_uid_or_number,
            feeds::what_was_promised_and_is_over_is_found_by_when,
            traffic::what_several_count_adds_up,
            traffic::old_traffic_is_forgotten,
            idempotency::a_key_is_taken_with_what_is_done_under_it_or_not_at_all,
            idempotency::a_key_is_taken_by_the_first_of_a_request_that_grows_the_log,
            idempotency::of_64_requests_with_one_key_one_is_carried_out,
            idempotency::an_answer_is_kept_with_its_key_and_forgotten_after_seven_days,
            idempotency::what_changed_nothing_and_was_not_answered_may_be_asked_again,
            schema::a_newer_schema_is_refused,
            schema::an_edited_migration_is_refused,
            schema::opening_twice_migrates_once,
        }
    };
    (@cases $database:expr; $($part:ident::$case:ident),* $(,)?) => {$(
        #[test]
        fn $case() {
            $crate::conformance::run($crate::conformance::$part::$case, $database);
        }
    )*};
}
