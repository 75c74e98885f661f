"""Django settings. What an office may change comes from `MADOGUCHI_*`; every limit stands here with its unit."""

import platform
from pathlib import Path
from urllib.parse import unquote, urlsplit

from madoguchi import paths
from madoguchi.conf import sqlite
from madoguchi.conf.environment import command, flag, number, text, words

# --- who answers, and to whom
DEBUG = False
SECRET_KEY = paths.secret("django")
ALLOWED_HOSTS = words("HOSTS", ["localhost", "127.0.0.1", "[::1]"])
# Client networks of each zone, narrowest first; an address in none of them is `internet`.
ZONE_NETWORKS = {
    "internal": words("ZONE_INTERNAL", ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]),
    "lgwan": words("ZONE_LGWAN", []),
}
# The highest classification that a request from a zone may see.
ZONE_CLASSIFICATION = {"internal": "3A", "lgwan": "3B", "internet": "1"}
# Reverse proxies whose X-Forwarded-For is believed, read from the right.
TRUSTED_PROXIES = words("TRUSTED_PROXIES", [])
DEFAULT_CLASSIFICATION = text("DEFAULT_CLASSIFICATION", "2")

# --- domains, foundations first
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "madoguchi.people",
    "madoguchi.audit",
    "madoguchi.web",
    "madoguchi.llm",
    "madoguchi.prompts",
    "madoguchi.readers",
    "madoguchi.library",
    "madoguchi.search",
    "madoguchi.faq",
    "madoguchi.answers",
    "madoguchi.chat",
    "madoguchi.home",
]
MIDDLEWARE = [
    "madoguchi.web.headers.SecurityHeaders",
    "madoguchi.web.monitor.Monitor",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "madoguchi.web.language.BrowserLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "madoguchi.people.request.TenantAndZone",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "madoguchi.people.request.SessionRules",
    "madoguchi.web.language.PersonsLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "madoguchi.conf.urls"
ASGI_APPLICATION = "madoguchi.conf.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "madoguchi.web.context.shell",
            ],
        },
    }
]

# --- data: SQLite in the home, or `postgresql://user:password@host/name`
DATABASE_URL = text("DATABASE_URL", "")
sqlite.take_bundled()


def _database() -> dict[str, object]:
    if not DATABASE_URL:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": paths.folder("data") / "madoguchi.sqlite3",
            "OPTIONS": {
                # A write that begins as a read cannot wait for its turn in SQLite: take the lock at once.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "".join(f"PRAGMA {it};" for it in (*sqlite.journal_pragmas(), "foreign_keys=ON")),
            },
        }
    parts = urlsplit(DATABASE_URL)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


DATABASES = {"default": _database()}
# Logins are unique within an office, by constraint.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "auth.E003"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- sign-in and sessions
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["madoguchi.people.sign_in.TenantBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "madoguchi.people.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "madoguchi.people.passwords.LocalWordsValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
# Plain http on loopback is how the small start runs; an office behind TLS sets MADOGUCHI_HTTPS=1.
HTTPS = flag("HTTPS", False)
CSRF_FAILURE_VIEW = "madoguchi.web.errors.stale_form"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None
SESSION_IDLE_MINUTES = number("SESSION_IDLE_MINUTES", 30)
SESSION_ABSOLUTE_HOURS = number("SESSION_ABSOLUTE_HOURS", 12)
SESSION_IDLE_MINUTES_ADMINISTRATOR = number("SESSION_IDLE_MINUTES_ADMINISTRATOR", 15)
SESSION_ABSOLUTE_HOURS_ADMINISTRATOR = number("SESSION_ABSOLUTE_HOURS_ADMINISTRATOR", 8)
SIGN_IN_FAILURES_PER_ACCOUNT_AND_SOURCE = number("SIGN_IN_FAILURES_PER_ACCOUNT_AND_SOURCE", 5)
SIGN_IN_FAILURES_PER_SOURCE = number("SIGN_IN_FAILURES_PER_SOURCE", 100)
SIGN_IN_LOCK_MINUTES = number("SIGN_IN_LOCK_MINUTES", 15)
# Argon2 takes 100 MB a check: more sign-ins than these wait for their turn.
SIGN_IN_CHECKS_AT_ONCE = number("SIGN_IN_CHECKS_AT_ONCE", 2)
TEMPORARY_PASSWORD_HOURS = number("TEMPORARY_PASSWORD_HOURS", 72)
SESSION_COOKIE_AGE = max(SESSION_ABSOLUTE_HOURS, SESSION_ABSOLUTE_HOURS_ADMINISTRATOR) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
PEOPLE_IMPORT_MAX_MB = number("PEOPLE_IMPORT_MAX_MB", 10)
PEOPLE_IMPORT_MAX_ROWS = number("PEOPLE_IMPORT_MAX_ROWS", 20_000)

# --- language and time
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [Path(__file__).parent.parent / "web" / "locale"]
TIME_ZONE = text("TIME_ZONE", "Asia/Tokyo")
USE_I18N = True
USE_TZ = True

# --- static files and uploads
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 300
UPLOAD_MAX_MB = number("UPLOAD_MAX_MB", 200)
FILE_UPLOAD_TEMP_DIR = paths.folder("uploads")
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DOCUMENT_RETENTION_DAYS = number("DOCUMENT_RETENTION_DAYS", 30)

# --- files from outside
# The office's virus scanner: the file on its standard input, or a copy of it at `{file}`; exit status 0: clean,
# 1: found.
SCANNER = command("SCANNER")
SCANNER_SECONDS = number("SCANNER_SECONDS", 120)
# The office's 無害化 program for what other zones get of a file from the internet: the file in, the harmless one out.
SANITISER = command("SANITISER")
SANITISER_SECONDS = number("SANITISER_SECONDS", 120)
# Pages that become pictures of a copy built here; a longer document is given as text.
COPY_MAX_PAGES = number("COPY_MAX_PAGES", 500)

# --- reading files (a child process for each)
READER_MEMORY_MB = number("READER_MEMORY_MB", 1024)
READER_CPU_SECONDS = number("READER_CPU_SECONDS", 300)
READER_WALL_SECONDS = number("READER_WALL_SECONDS", 600)
READER_OUTPUT_MB = number("READER_OUTPUT_MB", 256)
READER_MAX_PAGES = number("READER_MAX_PAGES", 3000)
READER_MAX_CELLS = number("READER_MAX_CELLS", 2_000_000)
READER_MAX_ZIP_RATIO = number("READER_MAX_ZIP_RATIO", 100)
READER_MAX_ZIP_ENTRIES = number("READER_MAX_ZIP_ENTRIES", 10_000)
READER_MAX_INFLATED_MB = number("READER_MAX_INFLATED_MB", 1024)
READER_MAX_IMAGE_MEGAPIXELS = number("READER_MAX_IMAGE_MEGAPIXELS", 100)
# Files inside a mail or an archive that become documents: how deep inside one another, and of the outermost file
# altogether how many and how large.
MEMBERS_MAX_DEPTH = number("MEMBERS_MAX_DEPTH", 3)
MEMBERS_MAX = number("MEMBERS_MAX", 1000)
MEMBERS_MAX_MB = number("MEMBERS_MAX_MB", 1024)
# Below this the screens say that a reading of a scan is uncertain.
READER_LOW_CONFIDENCE_PERCENT = number("READER_LOW_CONFIDENCE_PERCENT", 70)
# Cells of a table that are corrected on one screen; a larger table is corrected row by row.
CORRECTION_MAX_CELLS = number("CORRECTION_MAX_CELLS", 200)
CORRECTION_MAX_CHARACTERS = number("CORRECTION_MAX_CHARACTERS", 50_000)
# LibreOffice, which makes docx and pptx of older kinds (a child process too).
CONVERTER_MEMORY_MB = number("CONVERTER_MEMORY_MB", 2048)
CONVERTER_CPU_SECONDS = number("CONVERTER_CPU_SECONDS", 120)
CONVERTER_WALL_SECONDS = number("CONVERTER_WALL_SECONDS", 180)
PAGE_IMAGE_DPI = number("PAGE_IMAGE_DPI", 120)
# A person waits for a page image.
PAGE_IMAGE_SECONDS = number("PAGE_IMAGE_SECONDS", 30)

# --- passages, search, answers
PASSAGE_MAX_CHARACTERS = number("PASSAGE_MAX_CHARACTERS", 600)
QUESTION_MAX_CHARACTERS = number("QUESTION_MAX_CHARACTERS", 2000)
SEARCH_MAX_RESULTS = number("SEARCH_MAX_RESULTS", 50)
# Of a person's own past answers, the newest.
PAST_ANSWERS_LOOKED_THROUGH = number("PAST_ANSWERS_LOOKED_THROUGH", 500)
# An office's own list of synonyms.
SYNONYMS_MAX_LINES = number("SYNONYMS_MAX_LINES", 2000)
SYNONYMS_MAX_CHARACTERS = number("SYNONYMS_MAX_CHARACTERS", 50_000)
# Searches that a person keeps; the first results among which a new document is news; and by how many seconds a look
# goes back behind the last, which is longer than a clock of another machine or a waiting transaction is late.
SAVED_SEARCHES_MAX = number("SAVED_SEARCHES_MAX", 50)
SAVED_SEARCH_DEPTH = number("SAVED_SEARCH_DEPTH", 20)
SAVED_SEARCH_OVERLAP_SECONDS = number("SAVED_SEARCH_OVERLAP_SECONDS", 120)
# What was sought in vain and what was slow, for administrators; the least asked and oldest go first.
GAP_MAX_CHARACTERS = number("GAP_MAX_CHARACTERS", 200)
GAP_DAYS = number("GAP_DAYS", 180)
GAPS_MAX = number("GAPS_MAX", 2_000)
SEARCH_SLOW_MS = number("SEARCH_SLOW_MS", 1_000)
SLOW_DAYS = number("SLOW_DAYS", 30)
SLOW_MAX = number("SLOW_MAX", 1_000)
EMBEDDING_THREADS = number("EMBEDDING_THREADS", 2)
# How often an answer that is being written looks whether the person may still see what it is made from.
RIGHTS_LOOKED_AT_SECONDS = number("RIGHTS_LOOKED_AT_SECONDS", 2)
ANSWER_SECONDS = number("ANSWER_SECONDS", 120)
ANSWER_MAX_TOKENS = number("ANSWER_MAX_TOKENS", 2000)

# --- endpoints of models
# Zones of the endpoints that a request from a zone may use; 3B and 3A stay in `internal` always.
ENDPOINT_ZONES = {
    "internal": ["internal", "lgwan", "internet"],
    "lgwan": words("ENDPOINT_ZONES_LGWAN", ["internal", "lgwan"]),
    "internet": words("ENDPOINT_ZONES_INTERNET", ["internal", "lgwan", "internet"]),
}
# Where tokens come from that stand for a key: Entra ID for Azure, Google for service accounts. One is fetched anew so
# many seconds before it ends.
ENTRA_ADDRESS = text("ENTRA_ADDRESS", "https://login.microsoftonline.com")
GOOGLE_TOKEN_ADDRESS = text("GOOGLE_TOKEN_ADDRESS", "https://oauth2.googleapis.com/token")
TOKEN_SPARE_SECONDS = number("TOKEN_SPARE_SECONDS", 120)
ENDPOINT_CONNECT_SECONDS = number("ENDPOINT_CONNECT_SECONDS", 5)
ENDPOINT_FIRST_TOKEN_SECONDS = number("ENDPOINT_FIRST_TOKEN_SECONDS", 30)
# All texts of one call to a model; a longer one is refused, never cut.
MODEL_INPUT_MAX_CHARACTERS = number("MODEL_INPUT_MAX_CHARACTERS", 200_000)
# Until the first word of an answer for which quotes stand ready, over all endpoints that are tried.
ANSWER_FIRST_TOKEN_SECONDS = number("ANSWER_FIRST_TOKEN_SECONDS", 8)
# Before another try of the last endpoint that may answer: at most so long, when the server asks for no more.
ENDPOINT_BACKOFF_SECONDS = number("ENDPOINT_BACKOFF_SECONDS", 2)
# Failures in a row after which an endpoint is left alone, for how long, and the longest that a server may ask for.
BREAKER_FAILURES = number("BREAKER_FAILURES", 3)
BREAKER_SECONDS = number("BREAKER_SECONDS", 30)
BREAKER_MOST_SECONDS = number("BREAKER_MOST_SECONDS", 300)
# How often a process looks whether a stop button was pressed while calls run.
STOPS_LOOKED_AT_MS = number("STOPS_LOOKED_AT_MS", 500)
# Lines of the list of destinations that end within so many days are marked.
DESTINATION_WARNS_DAYS = number("DESTINATION_WARNS_DAYS", 30)
# For so long money is held back for a call that never said how it ended: longer than any call.
BUDGET_HOLD_SECONDS = number("BUDGET_HOLD_SECONDS", 1_800)
# What an office may have a built-in purpose say to the model.
SYSTEM_PROMPT_MAX_CHARACTERS = number("SYSTEM_PROMPT_MAX_CHARACTERS", 20_000)
# While more streams than this run in a process, their pieces are gathered; so often in a second they are read, all
# together.
STREAMS_UNGATHERED = number("STREAMS_UNGATHERED", 20)
STREAM_READINGS_A_SECOND = number("STREAM_READINGS_A_SECOND", 1_200)
# Of an answer that is read whole: vectors, scores.
ENDPOINT_ANSWER_MAX_MB = number("ENDPOINT_ANSWER_MAX_MB", 32)
# Of an object that a model answers with.
STRUCTURED_MAX_CHARACTERS = number("STRUCTURED_MAX_CHARACTERS", 100_000)
# One call of a trial; a trial makes up to four.
TRIAL_SECONDS = number("TRIAL_SECONDS", 20)
# A model on this machine, for trying out (`llm.local_model`): its GGUF file, the port on loopback, what it takes at
# once, the module that serves it.
LOCAL_MODEL = text("LOCAL_MODEL", "")
LOCAL_MODEL_PORT = number("LOCAL_MODEL_PORT", 8089)
LOCAL_MODEL_TOKENS = number("LOCAL_MODEL_TOKENS", 8192)
LOCAL_MODEL_MODULE = "llama_cpp.server"
# When it dies: how often it is begun, the first wait before it is begun again (doubled each time) and the longest; how
# long it is given to end.
LOCAL_MODEL_TRIES = number("LOCAL_MODEL_TRIES", 5)
LOCAL_MODEL_WAIT_SECONDS = number("LOCAL_MODEL_WAIT_SECONDS", 2)
LOCAL_MODEL_MOST_WAIT_SECONDS = number("LOCAL_MODEL_MOST_WAIT_SECONDS", 60)
LOCAL_MODEL_STOP_SECONDS = number("LOCAL_MODEL_STOP_SECONDS", 5)
# A recording that is written down by an endpoint: what is sent at once, the whole call, the rest after one that
# failed, and what comes back.
TRANSCRIPTION_MAX_MB = number("TRANSCRIPTION_MAX_MB", 25)
TRANSCRIPTION_SECONDS = number("TRANSCRIPTION_SECONDS", 600)
TRANSCRIPTION_RETRY_SECONDS = number("TRANSCRIPTION_RETRY_SECONDS", 30)
TRANSCRIPTION_MAX_SEGMENTS = number("TRANSCRIPTION_MAX_SEGMENTS", 20_000)
# One request for vectors: texts (TEI takes no more than 32 unless told to), their characters, those of one text, and
# how long it may take.
EMBEDDING_ENDPOINT_BATCH = number("EMBEDDING_ENDPOINT_BATCH", 32)
EMBEDDING_ENDPOINT_BATCH_CHARACTERS = number("EMBEDDING_ENDPOINT_BATCH_CHARACTERS", 60_000)
EMBEDDING_ENDPOINT_TEXT_CHARACTERS = number("EMBEDDING_ENDPOINT_TEXT_CHARACTERS", 8_000)
EMBEDDING_ENDPOINT_SECONDS = number("EMBEDDING_ENDPOINT_SECONDS", 60)
# Passages of one call with all waiting; the longest single wait for a busy endpoint.
EMBEDDING_PASSAGES_SECONDS = number("EMBEDDING_PASSAGES_SECONDS", 300)
EMBEDDING_WAIT_SECONDS = number("EMBEDDING_WAIT_SECONDS", 30)
# A question, and how long an endpoint is left alone after one failed; vectors of questions kept in a process.
EMBEDDING_QUERY_SECONDS = number("EMBEDDING_QUERY_SECONDS", 3)
EMBEDDING_RETRY_SECONDS = number("EMBEDDING_RETRY_SECONDS", 30)
EMBEDDING_QUERIES_KEPT = number("EMBEDDING_QUERIES_KEPT", 300)
# Putting what was found in order: the whole call, the rest after one that failed, one text, what a chat model may
# write, and the texts of one request to TEI.
RERANK_SECONDS = number("RERANK_SECONDS", 2)
# First results that are put in order.
RERANK_DEPTH = number("RERANK_DEPTH", 30)
RERANK_RETRY_SECONDS = number("RERANK_RETRY_SECONDS", 30)
RERANK_TEXT_CHARACTERS = number("RERANK_TEXT_CHARACTERS", 2_000)
RERANK_MAX_TOKENS = number("RERANK_MAX_TOKENS", 1_000)
RERANK_BATCH = number("RERANK_BATCH", 32)

# --- conversations with a model
CHAT_MESSAGE_CHARACTERS = number("CHAT_MESSAGE_CHARACTERS", 20_000)
# Files of one message, each as it comes and as it is read.
CHAT_FILES_MAX = number("CHAT_FILES_MAX", 10)
CHAT_FILE_MAX_MB = number("CHAT_FILE_MAX_MB", 20)
CHAT_FILE_CHARACTERS = number("CHAT_FILE_CHARACTERS", 60_000)
# Of what was said before, the newest that a model is given.
CHAT_HISTORY_CHARACTERS = number("CHAT_HISTORY_CHARACTERS", 80_000)
# Words of one conversation that its person wants masked.
CHAT_MASK_WORDS = number("CHAT_MASK_WORDS", 50)
# Answers that are written for one person at once.
CHAT_WRITING_AT_ONCE = number("CHAT_WRITING_AT_ONCE", 3)
# How often an answer that is written is saved, and after what silence its writer is taken for gone.
CHAT_KEEP_MS = number("CHAT_KEEP_MS", 500)
CHAT_BROKEN_SECONDS = number("CHAT_BROKEN_SECONDS", 15)
# From the last turn of a conversation to its end.
CHAT_DAYS = number("CHAT_DAYS", 365)
# Of a long conversation, the newest turns that a page shows at once; folders of one person; keys it is shared with.
CHAT_TURNS_SHOWN = number("CHAT_TURNS_SHOWN", 100)
CHAT_FOLDERS_MAX = number("CHAT_FOLDERS_MAX", 100)
CHAT_SHARES_MAX = number("CHAT_SHARES_MAX", 50)

# --- the prompt library
# Of one edition, the places in it that are filled in, and keys it is shared with.
PROMPT_MAX_CHARACTERS = number("PROMPT_MAX_CHARACTERS", 10_000)
PROMPT_VARIABLES_MAX = number("PROMPT_VARIABLES_MAX", 20)
PROMPT_SHARES_MAX = number("PROMPT_SHARES_MAX", 50)
# A trial: endpoints beside each other, its whole time, what is kept of one answer, and for how long; trials of one
# person at once.
PROMPT_TRIAL_ENDPOINTS = number("PROMPT_TRIAL_ENDPOINTS", 4)
PROMPT_TRIAL_SECONDS = number("PROMPT_TRIAL_SECONDS", 90)
PROMPT_TRIAL_CHARACTERS = number("PROMPT_TRIAL_CHARACTERS", 20_000)
PROMPT_TRIAL_DAYS = number("PROMPT_TRIAL_DAYS", 90)
PROMPT_TRIALS_AT_ONCE = number("PROMPT_TRIALS_AT_ONCE", 1)
# For how long a use counts when prompts are sorted by use.
PROMPT_USE_DAYS = number("PROMPT_USE_DAYS", 180)

# --- figures described by a model, where an administrator allows it
# Of one document; what comes after them is left without a description.
FIGURES_MAX = number("FIGURES_MAX", 30)
# Of one picture that is sent: the longer side, and its PNG. What is larger is drawn smaller.
FIGURE_MAX_PIXELS = number("FIGURE_MAX_PIXELS", 1400)
FIGURE_MAX_KB = number("FIGURE_MAX_KB", 3000)
# One call, and what comes back.
FIGURE_ENDPOINT_SECONDS = number("FIGURE_ENDPOINT_SECONDS", 60)
FIGURE_MAX_TOKENS = number("FIGURE_MAX_TOKENS", 1000)
FIGURE_MAX_CHARACTERS = number("FIGURE_MAX_CHARACTERS", 400)

# --- the web server
SERVER_MAX_CONNECTIONS = number("SERVER_MAX_CONNECTIONS", 1_000)
# How long a thread may keep the interpreter while others wait: with Python's 5 ms, what begins an answer waits behind
# the many that are being read, at each look into the database.
SERVER_THREAD_SWITCH_MICROSECONDS = number("SERVER_THREAD_SWITCH_MICROSECONDS", 500)
SERVER_KEEP_ALIVE_SECONDS = number("SERVER_KEEP_ALIVE_SECONDS", 15)
SERVER_STOP_SECONDS = number("SERVER_STOP_SECONDS", 5)
SERVER_HEADERS_MAX_KB = number("SERVER_HEADERS_MAX_KB", 32)

# --- durable work
DURABLE_DATABASE_URL = DATABASE_URL or f"sqlite:///{paths.folder('data') / 'durable.sqlite3'}"
INGEST_WORKERS = number("INGEST_WORKERS", 2)
# How much a `madoguchi worker` gives way to other processes of its machine: 0 (not at all) to 19.
WORKER_NICE = number("WORKER_NICE", 10)
# This worker among several on one PostgreSQL: what it left unfinished it takes up again under the same name.
WORKER_NAME = text("WORKER_NAME", platform.node() if DATABASE_URL else "home")
DURABLE_HISTORY_DAYS = number("DURABLE_HISTORY_DAYS", 30)

# --- logging: JSON lines on stderr; an exception's message may hold what a person typed, so it is left out
LOGGING_CONFIG = "madoguchi.web.logs.configure"
LOGGING = {"level": text("LOG_LEVEL", "INFO")}
LOG_EXCEPTION_TEXT = flag("LOG_EXCEPTION_TEXT", False)
