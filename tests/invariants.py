"""The invariants I1 to I28: what each says, the planted bugs that break it alone, and the tests of real processes.

``alone`` are bugs of ``sim_plants`` that break this invariant and no other; where one of the disk does it is named with
its family, as tests are: ``crash_states::unsynced_record``. ``tests`` show the same of real programs, real files, or
real protocols. ``test_invariants`` finds everything by its name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """One of them; a test is ``file::test`` without the file's ``test_``."""

    says: str
    alone: tuple[str, ...]
    tests: tuple[str, ...]


KILLED = "process_random_kill::test_every_book_agrees_after_the_kills"
AT_CALLS = "process_syscalls::test_every_book_agrees_after_the_kills"
CRASHED = "crash_states::test_a_million_disks_after_a_power_cut_are_recovered_right"

INVARIANTS: dict[str, Invariant] = {
    "I1": Invariant(
        "what was acknowledged is durable",
        ("unsynced-delivery",),
        (CRASHED, "process_syncs::test_syncs_of_a_receipt", KILLED),
    ),
    "I2": Invariant(
        "a torn tail is dropped, damage is refused",
        ("crash_states::truncated_at_corruption",),
        (CRASHED, "every_bit::test_the_register_itself_names_a_flipped_bit_at_its_start"),
    ),
    "I3": Invariant(
        "the chain of hashes holds",
        ("chain-begins-anew",),
        ("every_bit::test_every_bit_of_fifty_receipts_is_named", "verify::test_a_record_written_anew_is_noticed"),
    ),
    "I4": Invariant(
        "nothing leaves before its record is durable",
        ("deliver-before-uid", "count-raised-after", "drawer-before"),
        (AT_CALLS, "process_kill::test_receipt_ends_once_after_kill"),
    ),
    "I5": Invariant(
        "a number of a month is one receipt",
        ("number-twice", "month-of-the-start"),
        (KILLED, "process_clock::test_a_new_month_begins_with_number_one_and_the_old_one_is_sent_as_it_was"),
    ),
    "I6": Invariant(
        "numbers are dense",
        ("number-left-out",),
        ("process_kill::test_nothing_before_the_first_record_leaves_the_number_free", AT_CALLS),
    ),
    "I7": Invariant(
        "the content of every attempt is as it was sealed",
        ("program-of-today",),
        ("authority_message::test_every_attempt_carries_the_same_receipt",),
    ),
    "I8": Invariant(
        "one sound PKP for a number",
        ("sign-another-text", "okp-of-the-text"),
        (
            "authority_message::test_openssl_verifies_the_pkp_in_the_message",
            "wssecurity::test_the_pkp_of_a_sample_holds",
        ),
    ),
    "I9": Invariant(
        "attempts are counted, and Uuids used once",
        ("same-uuid",),
        ("outputs::test_a_further_attempt_is_durable_before_its_answer", AT_CALLS),
    ),
    "I10": Invariant(
        "one sale has one number",
        ("one-basket",),
        ("process_keys::test_fifty_times_the_last_key_is_one_receipt", KILLED),
    ),
    "I11": Invariant(
        "a UID is stored only if the authority gave it to this receipt",
        ("believe-any-answer", "late-uid-to-the-newest"),
        (
            "authority_ekasa::test_an_old_answer_is_refused",
            "world_authority_bytes::test_no_part_of_a_reply_is_an_answer",
        ),
    ),
    "I12": Invariant(
        "the first UID stays",
        ("answered-and-sent-again",),
        ("verify::test_late_answers_hold", "world_authority_bytes::test_at_the_counter_it_is_off_line_and_sent_again"),
    ),
    "I13": Invariant(
        "what was refused is not handed out",
        ("print-refused",),
        ("field_failures::test_an_overloaded_server_refuses_nothing",),
    ),
    "I14": Invariant(
        "on-line only with a UID, off-line only after the wait",
        ("half-the-limit", "wall-clock", "refusal-is-an-overload"),
        (
            "process_clock::test_the_wait_for_an_answer_is_not_cut_short_by_a_step",
            "process_clock::test_the_wait_for_an_answer_is_not_made_longer_by_a_step",
        ),
    ),
    "I15": Invariant(
        "every receipt is delivered once, and only as it was confirmed",
        ("silence-is-printed", "doubt-is-accepted"),
        (KILLED, "world_printer_lines::test_one_whole_original_stands_and_what_was_torn_is_void"),
    ),
    "I16": Invariant(
        "a mail has a durable UID",
        ("mail-offline",),
        ("walk::test_no_path_leads_from_offline_to_emailing",),
    ),
    "I17": Invariant(
        "paper follows every mail that is not confirmed",
        ("paper-waits", "accepted-is-failed"),
        (
            "world_mail_phases::test_paper_follows_every_mail_that_is_not_confirmed",
            "field_failures::test_a_refused_mail_is_printed",
        ),
    ),
    "I18": Invariant(
        "a receipt is mailed at most once",
        ("mail-twice", "mail-again-in-doubt", "other-name"),
        (KILLED, "mail_postfix::test_what_is_in_doubt_may_arrive_all_the_same"),
    ),
    "I19": Invariant(
        "there is one original, and torn paper is void",
        ("not-voided", "print-again-at-once"),
        (
            "world_printer_lines::test_one_whole_original_stands_and_what_was_torn_is_void",
            "world_printer_lines::test_each_interruption_is_in_the_journal_once",
        ),
    ),
    "I20": Invariant(
        "everything reaches the authority in time",
        ("forgotten-at-start", "forgotten-while-sending"),
        (
            "field_failures::test_what_is_unsent_is_known_after_every_power_cut",
            "outage_day::test_a_day_of_3000_receipts",
        ),
    ),
    "I21": Invariant(
        "poison is set aside at the third start, and others flow",
        ("aside-too-early", "never-aside"),
        ("field_failures::test_a_message_that_restarts_the_register_is_set_aside",),
    ),
    "I22": Invariant(
        "a sale waits for nobody else",
        ("sales-wait-for-the-outbox",),
        (
            "field_failures::test_sending_what_is_unsent_blocks_no_sale",
            "process_medium::test_a_slow_medium_delays_the_sale_and_nothing_else",
        ),
    ),
    "I23": Invariant(
        "every sum agrees to the cent",
        ("binary-floats", "sum-before-rounding", "report-without-a-rate"),
        ("verify_law::test_the_register_and_the_audit_count_alike", "outage_day::test_a_day_of_3000_receipts"),
    ),
    "I24": Invariant(
        "dates never go back, and are Slovak time",
        ("clock-not-compared", "winter-time"),
        (
            "process_clock::test_a_clock_that_is_set_back_stops_sales_until_it_has_caught_up",
            "process_clock::test_the_night_when_the_time_changes_is_no_step",
        ),
    ),
    "I25": Invariant(
        "a sale begins only where its whole life has room",
        ("reserve-nothing",),
        (
            "process_medium::test_a_full_medium_refuses_the_sale_and_sells_when_there_is_room",
            "storage_room::test_a_reserved_sale_needs_no_more_than_was_left_for_it",
        ),
    ),
    "I26": Invariant(
        "secrets and whole addresses are nowhere",
        ("whole-address",),
        ("security_canary::test_no_file_gives_a_secret_away", "security_canary::test_no_command_gives_a_secret_away"),
    ),
    "I27": Invariant(
        "everything has a bound",
        ("unbounded", "lines-without-end"),
        (
            "process_limits::test_sixty_four_descriptors_are_enough_for_all_work",
            "process_limits::test_ninety_six_mebibytes_are_enough_for_all_work",
        ),
    ),
    "I28": Invariant(
        "recovering again leads where it led",
        ("recovered-once",),
        ("storage_journal::test_a_second_power_cut_during_recovery_changes_nothing", AT_CALLS),
    ),
}
