"""A wall: a link without a login by which a screen shows the figures of a unit, until a day."""

from django.db import models


class Wall(models.Model):
    """A screen on a wall. The link's token is known by its hash only; who has the link sees figures and nothing else.

    slogans: the four phrases where a city words them otherwise, in the order of the plan; empty: as the plan has them.
    """

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="walls")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    slogans = models.JSONField(default=list)
    demo = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")), name="a_wall_ends_after_it_began"
            ),
        )

    def __str__(self) -> str:
        return self.name
