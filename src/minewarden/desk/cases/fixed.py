"""Rows that may be added but not changed, and columns that may be written once: history cannot be typed over."""

from collections.abc import Collection
from typing import Any, NoReturn, Self

from django.db import models


class FixedError(RuntimeError):
    """The program tried to rewrite history; this is a fault in the program, never a user's mistake."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Refuses to change or remove in bulk."""

    def update(self, **_kwargs: Any) -> NoReturn:
        raise FixedError(f"{self.model.__name__} is append-only")

    def delete(self) -> NoReturn:
        raise FixedError(f"{self.model.__name__} is append-only")


class AppendOnly(models.Model):
    """A row that is written once."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise FixedError(f"{type(self).__name__} is append-only")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise FixedError(f"{type(self).__name__} is append-only")


class WriteOnceQuerySet(models.QuerySet[Any]):
    """Refuses to change the columns that the model names in `FIXED`."""

    def update(self, **kwargs: Any) -> int:
        touched: frozenset[str] = getattr(self.model, "FIXED", frozenset()) & kwargs.keys()
        if touched:
            raise FixedError(f"{self.model.__name__}.{', '.join(sorted(touched))} is written once")
        return super().update(**kwargs)


class WriteOnce(models.Model):
    """A row whose columns named in `FIXED` keep the value that they were created with."""

    FIXED: frozenset[str] = frozenset()
    _as_loaded: dict[str, Any]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        for name, value in self.__dict__.get("_as_loaded", {}).items():
            if self.__dict__.get(name) != value:
                raise FixedError(f"{type(self).__name__}.{name} is written once")
        super().save(*args, **kwargs)
        self._as_loaded = {name: self.__dict__[name] for name in self.FIXED if name in self.__dict__}

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any) -> Self:
        row = super().from_db(db, field_names, values, **kwargs)
        row._as_loaded = {name: row.__dict__[name] for name in cls.FIXED if name in row.__dict__}
        return row
