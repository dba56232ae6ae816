"""Who signs in (User) and who holds posts (Person). Rights hang on neither: they follow from appointments."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.core.text import pinyin, plain_name, plain_text


class Person(models.Model):
    """Somebody who may sit in a post; also the stand-in of another system (`is_service`)."""

    name = models.CharField(_("name"), max_length=60, validators=[plain_name])
    name_key = models.CharField(max_length=200, editable=False, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True, validators=[plain_text])
    is_service = models.BooleanField(default=False)

    class Meta:
        indexes = (models.Index(fields=["name_key"], name="accounts_person_name_key"),)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def named(cls, name: str, **fields: Any) -> "Person":
        """A new, unsaved person with the sort key of the name."""
        return cls(name=name, name_key=pinyin(name)[0], **fields)


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """An account. `is_superuser` is never a way past the rights; `grants_day` is the day its grants were last projected."""

    username = models.CharField(_("user name"), max_length=60, unique=True, validators=[plain_name])
    person = models.OneToOneField(
        Person, verbose_name=_("person"), on_delete=models.PROTECT, null=True, blank=True, related_name="user"
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(default=False)
    grants_day = models.DateField(null=True, editable=False)
    grants_in_transaction = False  # of this object in memory: whether `grants_day` may yet be rolled back

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return self.person.name if self.person_id and self.person else self.username
