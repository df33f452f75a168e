"""Ends of the program."""

from __future__ import annotations

ENDS: dict[str, tuple[str, str]] = {
    "init-done": (
        "Cvičná pokladnica je v priečinku {0}. Spustí ju: ekasa run {0} --simulators",
        "The training register is in {0}. To start it: ekasa run {0} --simulators",
    ),
    "folder-in-use": (
        "v priečinku {0} už pokladnica je; nič sa nezmenilo",
        "there is a register in {0} already; nothing was changed",
    ),
    "journal-corrupt": (
        "denník je poškodený, nič sa nezmenilo: {0}. Nepredávajte, zavolajte servis; `ekasa verify` povie viac",
        "the journal is damaged, nothing was changed: {0}. Stop selling, call service; `ekasa verify` tells more",
    ),
    "journal-failed": (
        "zápis do denníka zlyhal ({0}). Skontrolujte disk a spustite pokladnicu znova: čo bolo zapísané, sa dokončí",
        "writing the journal failed ({0}). Check the disk and start again: what was written is finished then",
    ),
    "port-stopped": (
        "pokladnica sa zastavila: {0}. Denník je v poriadku; odstráňte príčinu a spustite ju znova",
        "the register stopped: {0}. The journal is safe; remove the cause and start it again",
    ),
    "stopped": (
        "pokladnica sa zastavila pre chybu programu ({0}). Denník je v poriadku; spustite ju znova a pošlite log.jsonl",
        "the register stopped because of a bug ({0}). The journal is safe; start it again and send log.jsonl",
    ),
}
