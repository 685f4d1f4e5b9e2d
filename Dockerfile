# One image for ingest, analysis and dashboard; docker-compose.yml tells each what it is.

FROM python:3.11-slim AS wheel
COPY . /source
RUN pip wheel --quiet --no-cache-dir --no-deps --wheel-dir /wheel /source

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# The locked libraries change seldom: a layer of their own.
COPY requirements.lock /tmp/requirements.lock
RUN pip install --quiet --no-cache-dir -r /tmp/requirements.lock && python -m compileall -q /usr/local/lib/python3.11/site-packages
COPY --from=wheel /wheel /tmp/wheel
RUN pip install --quiet --no-cache-dir --no-deps /tmp/wheel/*.whl

RUN groupadd --system --gid 10001 smartvoda \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /data smartvoda \
    && install -d -o smartvoda -g smartvoda -m 0750 /data
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV SMARTVODA_DATA_DIR=/data

EXPOSE 8050
# Python itself is process 1: it gets SIGTERM and stops its services.
ENTRYPOINT ["smartvoda"]
CMD ["serve"]
