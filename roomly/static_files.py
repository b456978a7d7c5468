"""Static files are stored under names that change with their content, to be cached for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = r"""(?P<matched>(?P<how>from|import)\s*"(?P<url>\./[^"]+)")"""


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Also follows the imports of our modules, so that no page mixes two versions of them.

    Django would follow those of every library too, and stumble over files that are not there.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((_IMPORT, '%(how)s "%(url)s"'),)),
    )
