"""The only reader of the environment: name, default and meaning of every setting. `.env.example` lists the same."""

import os
import ssl
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_DATABASES = frozenset({"postgres", "postgresql", "sqlite"})
_BROKERS = frozenset({"redis", "rediss", "unix"})
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_LANGUAGES = ("en", "fr", "es", "ar")


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Every setting is `FIELDVEIL_<NAME>` in the environment or in `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="FIELDVEIL_", env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    environment: Environment = Field(
        Environment.DEVELOPMENT, description="`production` refuses to start without an https PUBLIC_URL and a database"
    )
    home: Path = Field(Path("var"), description="Folder of the embedded database, keys and logs")
    public_url: str = Field(
        "http://127.0.0.1:8080", description="Address that phones and browsers use; https in production"
    )
    bind: str = Field("127.0.0.1:8080", description="Address the web server listens on; PUBLIC_URL has to lead there")
    # Both may hold a password, which a traceback with its locals would print.
    database_url: str = Field("", repr=False, description="PostgreSQL URL; empty: SQLite in HOME")
    redis_url: str = Field("", repr=False, description="Redis URL of the broker; empty: an embedded server is started")
    web_keys: Path = Field(Path(), description="Folder of the keys of the web process; default HOME/keys/web")
    worker_keys: Path = Field(Path(), description="Folder of the keys of the workers; default HOME/keys/worker")
    shared_keys: Path = Field(
        Path(), description="Folder of the key both need (inbox, legend); default HOME/keys/shared"
    )
    log_level: str = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR; `serve` outside production: WARNING, unless it is set"
    )
    pull_every_seconds: int = Field(60, ge=1, description="How often beat pulls an open form")
    page_size: int = Field(1000, ge=1, le=1000, description="Submissions a page, read and committed together")
    pages_per_task: int = Field(20, ge=1, description="Pages one task reads before it hands over to the next")
    server_hosts: str = Field(
        "", description="Hosts of form servers that may have private addresses or plain http, separated by commas"
    )
    server_authorities: Path = Field(
        Path(), description="PEM file of certificate authorities that count for form servers, besides the public ones"
    )
    lease_seconds: int = Field(
        900, ge=1, description="How long one worker owns the pull of a form without a sign of life"
    )
    max_upload_bytes: int = Field(
        10_000_000, ge=100_000, description="Largest submission the letterbox takes; more is 413"
    )
    language_packs: Path = Field(
        Path(), description="Folder of the language packs of this installation; default HOME/languages"
    )
    default_language: str = Field("en", description="Language of the pages when the browser asks for none of ours")

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, url: str) -> str:
        if url and urlsplit(url).scheme.split("+")[0] not in _DATABASES:
            raise ValueError("must be empty, or a URL such as postgresql://user:password@host/database")
        return url

    @field_validator("redis_url")
    @classmethod
    def _check_broker(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in _BROKERS:
            raise ValueError("must be empty, or a URL such as redis://:password@host:6379/0")
        return url

    @field_validator("public_url")
    @classmethod
    def _check_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an address such as https://fieldveil.example.org")
        return url

    @field_validator("server_authorities")
    @classmethod
    def _check_authorities(cls, file: Path) -> Path:
        if file == Path():
            return file
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
        except ssl.SSLError:
            raise ValueError(
                "the file holds no certificate that can be read; it must be PEM text, with -----BEGIN CERTIFICATE----- "
                "in it (openssl x509 -inform DER -in FILE makes it from a binary one)"
            ) from None
        except OSError as error:
            raise ValueError(f"the file cannot be read ({error.strerror}); name a PEM file of certificates") from None
        return file.absolute()

    @field_validator("log_level")
    @classmethod
    def _check_level(cls, level: str) -> str:
        if level.upper() not in _LEVELS:
            raise ValueError(f"must be one of {', '.join(_LEVELS)}")
        return level

    @field_validator("default_language")
    @classmethod
    def _check_language(cls, language: str) -> str:
        if language not in _LANGUAGES:
            raise ValueError(f"must be one of {', '.join(_LANGUAGES)}")
        return language

    @model_validator(mode="after")
    def _fill_folders(self) -> Self:
        for name in ("web", "worker", "shared"):
            if getattr(self, f"{name}_keys") == Path():
                setattr(self, f"{name}_keys", self.home / "keys" / name)
        if self.language_packs == Path():
            self.language_packs = self.home / "languages"
        return self

    @model_validator(mode="after")
    def _check_production(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            if not self.public_url.startswith("https://"):
                raise ValueError(
                    "FIELDVEIL_PUBLIC_URL must start with https:// in production: phones send answers to it"
                )
            if not self.database_url.startswith("postgresql"):
                raise ValueError("FIELDVEIL_DATABASE_URL must name a PostgreSQL database in production")
            if not self.redis_url:
                raise ValueError("FIELDVEIL_REDIS_URL must name a Redis server in production")
        return self

    @property
    def database(self) -> str:
        """SQLAlchemy URL; the psycopg driver is chosen here so that users write plain `postgresql://`."""
        if not self.database_url:
            return f"sqlite:///{self.home.absolute() / 'fieldveil.sqlite'}"
        scheme, rest = self.database_url.split("://", 1)
        return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else self.database_url


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()


def child_environment(chosen: Settings) -> dict[str, str]:
    """For a process that is to work with these very settings, whatever `.env` says in the folder it starts in."""
    fields = chosen.model_dump(mode="json")
    return {**os.environ, **{f"FIELDVEIL_{name.upper()}": str(value) for name, value in fields.items()}}
