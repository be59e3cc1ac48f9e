"""How corrections are put into an emulator."""


def correction(target, name=None):
    """Puts a function in the place of the one of that name; it gets the old one before its other arguments."""

    def put(function):
        replaced = name or function.__name__
        old = getattr(target, replaced)

        def corrected(*args, **kwargs):
            return function(old, *args, **kwargs)

        setattr(target, replaced, corrected)
        return function

    return put
