"""Posts, their rungs, and kinds of party organisations."""

from django.db import models

from buildings.choices import Level


class Post(models.TextChoices):
    """两长四员 in each building, the secretaries of the ladder, and the office's grid workers."""

    PARTY_GROUP_LEADER = "party_group_leader", "楼栋党小组长"
    BUILDING_HEAD = "building_head", "楼栋长"
    HEALTH_WORKER = "health_worker", "卫生员"
    SECURITY_WORKER = "security_worker", "治安员"
    CULTURE_WORKER = "culture_worker", "文体员"
    PROPERTY_STEWARD = "property_steward", "物业房管员"
    BRANCH_SECRETARY = "branch_secretary", "支部书记"
    GENERAL_BRANCH_SECRETARY = "general_branch_secretary", "总支书记"
    COMMITTEE_SECRETARY = "committee_secretary", "党委书记"
    GRID_WORKER = "grid_worker", "网格员"


BUILDING_POSTS: tuple[Post, ...] = (
    Post.PARTY_GROUP_LEADER,
    Post.BUILDING_HEAD,
    Post.HEALTH_WORKER,
    Post.SECURITY_WORKER,
    Post.CULTURE_WORKER,
    Post.PROPERTY_STEWARD,
)

# A grid worker's patch may have several; every other post has one open holder.
SHARED_POSTS: tuple[Post, ...] = (Post.GRID_WORKER,)

# 五级负责制, from the bottom up: the post of each rung, and its level of the tree.
RUNG_POSTS: dict[int, tuple[Post, Level]] = {
    1: (Post.PARTY_GROUP_LEADER, Level.BUILDING),
    2: (Post.BRANCH_SECRETARY, Level.PRECINCT),
    3: (Post.GENERAL_BRANCH_SECRETARY, Level.QUARTER),
    4: (Post.COMMITTEE_SECRETARY, Level.COMMUNITY),
}

_RUNGS: dict[str, int] = {post: rung for rung, (post, _) in RUNG_POSTS.items()}


def rung_of(post: str) -> int:
    """Return the rung on which a post is accountable for others' duties; 0 for one accountable for its own alone."""
    return _RUNGS.get(post, 0)


POST_LEVELS: dict[Post, Level] = {
    **dict.fromkeys(BUILDING_POSTS, Level.BUILDING),
    **dict(RUNG_POSTS.values()),
}


class OrganisationKind(models.TextChoices):
    COMMITTEE = "committee", "党委"
    GENERAL_BRANCH = "general_branch", "总支"
    BRANCH = "branch", "支部"
    GROUP = "group", "党小组"


# The secretary's post of each kind of organisation.
ORGANISATION_POSTS: dict[OrganisationKind, Post] = {
    OrganisationKind.COMMITTEE: Post.COMMITTEE_SECRETARY,
    OrganisationKind.GENERAL_BRANCH: Post.GENERAL_BRANCH_SECRETARY,
    OrganisationKind.BRANCH: Post.BRANCH_SECRETARY,
    OrganisationKind.GROUP: Post.PARTY_GROUP_LEADER,
}


class AppointmentEnd(models.TextChoices):
    TERM = "term", "届满"
    RESIGNED = "resigned", "辞任"
    REPLACED = "replaced", "改任"
    MISTAKE = "mistake", "登记有误"
    OTHER = "other", "其他"
