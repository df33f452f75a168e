"""The outbox: messages without an answer on their way to the authority, oldest first, beside the sales."""

from __future__ import annotations

from states import events as on, outgoing
from states.outgoing import (
    Reattempting as Reattempting,
    Resending as Resending,
    Resolving as Resolving,
    Resting as Resting,
)
from states.table import Rest, Row, Table, otherwise

# fmt: off
OUTBOX = Table(
    name="outbox",
    initial=Resting,
    rest={on.Event: Rest.IGNORE, on.Fact: Rest.NEVER, on.Answer: Rest.NEVER},
    rows=(
        #   in state      on event          when                    go to         doing                      because
        Row(Resting,      on.WentOffline,   otherwise,              Resting,      outgoing.queue,            "R-18"),
        Row(Resting,      on.WentOnline,    outgoing.has_sound,     Reattempting, outgoing.reattempt_afresh, "R-18"),
        Row(Resting,      on.WentOnline,    otherwise,              Resting,      outgoing.stay,             "R-18"),
        Row(Resting,      on.AnsweredLate,  outgoing.is_queued,     Resolving,    outgoing.keep_late,        "R-34"),
        Row(Resting,      on.AnsweredLate,  outgoing.has_sound,     Reattempting, outgoing.reattempt_afresh, "R-18"),
        Row(Resting,      on.AnsweredLate,  otherwise,              Resting,      outgoing.stay,             "R-34"),
        Row(Resting,      on.Ticked,        outgoing.is_alarm_due,  Resting,      outgoing.alarm,            "R-35"),
        Row(Resting,      on.Ticked,        outgoing.is_due,        Reattempting, outgoing.reattempt,        "R-18"),
        Row(Resting,      on.Ticked,        outgoing.is_unplanned,  Resting,      outgoing.plan,             "R-18"),
        Row(Resting,      on.Ticked,        otherwise,              Resting,      outgoing.stay,             "R-18"),
        Row(Resting,      on.SendNowKeyed,  outgoing.has_queue,     Reattempting, outgoing.send_now,         "R-35"),
        Row(Resting,      on.SendNowKeyed,  outgoing.has_given_up,  Reattempting, outgoing.send_given_up,    "R-45"),
        Row(Resting,      on.SendNowKeyed,  otherwise,              Resting,      outgoing.refuse_empty,     "R-25"),
        Row(Resting,      on.RepairKeyed,   outgoing.is_repairable, Resting,      outgoing.begin_repair,     "R-32"),
        Row(Resting,      on.RepairKeyed,   otherwise,              Resting,      outgoing.refuse_repair,    "R-25"),
        Row(Resting,      on.ReceiptEnded,  otherwise,              Resting,      outgoing.forget_repaired,  "R-32"),
        Row(Reattempting, on.WentOffline,   otherwise,              Reattempting, outgoing.queue,            "R-18"),
        Row(Reattempting, on.WentOnline,    otherwise,              Reattempting, outgoing.hasten,           "R-18"),
        Row(Reattempting, on.Reattempted,   otherwise,              Resending,    outgoing.resend,           "R-19"),
        Row(Reattempting, on.SendNowKeyed,  otherwise,              Reattempting, outgoing.refuse_busy,      "R-25"),
        Row(Reattempting, on.RepairKeyed,   outgoing.is_repairable, Reattempting, outgoing.begin_repair,     "R-32"),
        Row(Reattempting, on.RepairKeyed,   otherwise,              Reattempting, outgoing.refuse_repair,    "R-25"),
        Row(Reattempting, on.ReceiptEnded,  otherwise,              Reattempting, outgoing.forget_repaired,  "R-32"),
        Row(Resending,    on.WentOffline,   otherwise,              Resending,    outgoing.queue,            "R-18"),
        Row(Resending,    on.WentOnline,    otherwise,              Resending,    outgoing.hasten,           "R-18"),
        Row(Resending,    on.Resent,        otherwise,              Resolving,    outgoing.keep_uid,         "R-20"),
        Row(Resending,    on.ResendRefused, outgoing.is_overloaded, Resting,      outgoing.rest,             "R-16"),
        Row(Resending,    on.ResendRefused, outgoing.is_place,      Resolving,    outgoing.drop_place,       "R-20"),
        Row(Resending,    on.ResendRefused, otherwise,              Resolving,    outgoing.set_aside,        "R-20"),
        Row(Resending,    on.ResendFailed,  outgoing.is_alone,      Resting,      outgoing.rest_behind,      "R-20"),
        Row(Resending,    on.ResendFailed,  otherwise,              Resting,      outgoing.rest,             "R-18"),
        Row(Resending,    on.SendNowKeyed,  otherwise,              Resending,    outgoing.refuse_busy,      "R-25"),
        Row(Resending,    on.RepairKeyed,   outgoing.is_repairable, Resending,    outgoing.begin_repair,     "R-32"),
        Row(Resending,    on.RepairKeyed,   otherwise,              Resending,    outgoing.refuse_repair,    "R-25"),
        Row(Resending,    on.ReceiptEnded,  otherwise,              Resending,    outgoing.forget_repaired,  "R-32"),
        Row(Resolving,    on.WentOffline,   otherwise,              Resolving,    outgoing.queue,            "R-18"),
        Row(Resolving,    on.WentOnline,    otherwise,              Resolving,    outgoing.hasten,           "R-18"),
        Row(Resolving,    on.Resolved,      outgoing.has_next,      Reattempting, outgoing.reattempt_next,   "R-20"),
        Row(Resolving,    on.Resolved,      otherwise,              Resting,      outgoing.empty,            "R-20"),
        Row(Resolving,    on.SendNowKeyed,  otherwise,              Resolving,    outgoing.refuse_busy,      "R-25"),
        Row(Resolving,    on.RepairKeyed,   outgoing.is_repairable, Resolving,    outgoing.begin_repair,     "R-32"),
        Row(Resolving,    on.RepairKeyed,   otherwise,              Resolving,    outgoing.refuse_repair,    "R-25"),
        Row(Resolving,    on.ReceiptEnded,  otherwise,              Resolving,    outgoing.forget_repaired,  "R-32"),
    ),
)
# fmt: on
