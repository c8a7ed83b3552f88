"""A component made ready: found among what is installed, its options checked, built from a run's inputs."""

from __future__ import annotations

from datagen_core.errors import DatagenError, PluginError, UsageError
from datagen_core.inputs import Inputs
from datagen_core.job import Built
from datagen_core.plugins.host import Host, one_line
from datagen_core.recipe import LoadedRecipe, Use
from datagen_core.validating import validated


def built_part(
    loaded: LoadedRecipe,
    host: Host,
    kind: str,
    use: Use,
    path: tuple[str | int, ...],
    inputs: Inputs | None = None,
) -> Built:
    """The component that a recipe names at a path.

    Args:
        inputs: What it is built from; None for kinds that are built from their options alone.

    Raises:
        RecipeError: not installed, or options that don't fit.
        UsageError: what the component itself says of options and inputs.
        PluginError: it can't be loaded or built.
    """
    place = loaded.source.place(path)
    offer, preset = host.find(kind, use.use, place)
    options = {**(preset.options if preset else {}), **use.with_}
    with offer.blamed(place):
        model = offer.component.load_config()
        make = offer.component.load_impl()
    config = validated(model, options, loaded.base, loaded.source, (*path, "with"))
    try:
        part = make(config) if inputs is None else make(config, inputs)
    except UsageError as error:
        if error.where is None:
            error.where = place
        raise
    except DatagenError:
        raise
    except Exception as error:
        raise PluginError(
            f"{kind} {offer.name!r} of {offer.package} can't be built: {one_line(error)}", where=place
        ) from error
    return Built(use.name or use.use, offer, config, part)
